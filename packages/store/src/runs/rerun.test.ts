/** A run that is made of another one's rows, while that one's worker, or its user, goes on. */
import { expect, test, vi } from "vitest";
import { lockAdapter } from "../adapters/lock-adapter.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { TestStore } from "../testing/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { putFrozen } from "../testing/run-objects.ts";
import { claimNextRun, testMetrics } from "../testing/scenario.ts";
import {
  getRun,
  publishVersion,
  type Run,
  recordFrozen,
  requireFrozen,
  rerun,
  reserveVersion,
} from "./index.ts";

const again = async (store: TestStore, run: Run): Promise<Run> => {
  const source = requireFrozen(await getRun(store, run, run.id));
  return rerun(store, source, { config: source.config, epochs: 1 });
};

const waitingForLocks = async ({ pool }: TestStore): Promise<number> => {
  const waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  return (await pool.query(`select ${waiting}`)).rowCount ?? 0;
};

/** Begins all of it while the adapter's row is taken, so that they all go on in the same moment. */
const atOnce = async (store: TestStore, scope: AvatarScope, begin: () => Promise<unknown>[]) => {
  const held = await store.db.transaction(async (tx) => {
    await lockAdapter(tx, scope);
    const going = begin();
    await vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(going.length), 100_000);
    return { going };
  });
  return Promise.all(held.going);
};

test("trained again and published at once, many times over, nobody waits for one who waits for him", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run: first } = opened;
  let run = first;
  for (let turn = 0; turn < 5; turn += 1) {
    await recordFrozen(store, run, await putFrozen(store, run));
    await reserveVersion(store, run);
    const version = { files: [], metrics: testMetrics, templateVariables: {} };
    const publish = () => publishVersion(store, run, version);
    const [outcome, made] = await atOnce(store, scope, () => [publish(), again(store, run)]);
    expect(outcome).toBe("published");
    expect(made).toMatchObject({ rerunOf: run.id, status: "queued" });
    run = await claimNextRun(store);
  }
  expect(store.logged.filter(({ message }) => message.includes("given up"))).toEqual([]);
});
