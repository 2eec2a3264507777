/** A run that is made of another one's rows, while that one's worker, or its user, goes on. */
import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { deleteAdapter } from "../adapters/index.ts";
import { lockAdapter } from "../adapters/lock-adapter.ts";
import type { AvatarScope } from "../keys/index.ts";
import { deleteObject, getObject, putObject } from "../objects/index.ts";
import { runs } from "../tables/index.ts";
import { sha256Of, type TestStore, waitingForLocks } from "../testing/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { attemptKeys, putFrozen } from "../testing/run-objects.ts";
import { claimNextRun, testMetrics } from "../testing/scenario.ts";
import { setLimits } from "../usage/index.ts";
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

/** As a worker leaves it that holds rows out to measure with. */
const freezeWithHeldOut = async ({ store, run }: Opened): Promise<void> => {
  const frozen = await putFrozen(store, run);
  const evaluationKey = frozen.rowsKey.replace("rows.jsonl.gz", "evaluation.jsonl.gz");
  await putObject(store.objects, { key: evaluationKey, body: "held out" });
  await recordFrozen(store, run, { ...frozen, evaluationKey, evaluationSha256: sha256Of("held out") });
};
type Opened = Awaited<ReturnType<typeof openClaimedRun>>;

const stagedPrefixesOf = async ({ pool }: TestStore) =>
  (await pool.query("select abandoned from staged_prefixes")).rows;

test("it has its own copy of all rows, which nobody sweeps, and what else makes its dialogs and its length", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await freezeWithHeldOut(opened);
  const templateVariables = { botName: "Mia" };
  await store.db.update(runs).set({ templateVariables });
  const source = requireFrozen(await getRun(store, run, run.id));
  const made = await rerun(store, source, { config: source.config, epochs: 7 });
  expect(made).toMatchObject({ templateVariables, frozen: { epochs: 7 } });
  expect(await attemptKeys(store, made)).toEqual(
    [made.frozen?.datasetKey, made.frozen?.evaluationKey, made.frozen?.rowsKey].sort(),
  );
  expect(await stagedPrefixesOf(store)).toEqual([]);
  const dataset = await getObject(store.objects, { key: made.frozen?.datasetKey ?? "" });
  const body = Buffer.from((await dataset?.bytes()) ?? "").toString();
  expect(JSON.parse(body)).toMatchObject({ runId: made.id, rerunOf: run.id, rowsKey: made.frozen?.rowsKey });
  expect(made.frozen?.datasetSha256).toBe(sha256Of(body));
});

test("what comes to nothing leaves nothing: a limit, rows that are gone or erased meanwhile, an adapter that is deleted", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await freezeWithHeldOut(opened);
  const refused = async (code: string, making = again(store, run)): Promise<void> => {
    await expect(making).rejects.toMatchObject({ code });
    expect(await stagedPrefixesOf(store)).toEqual([{ abandoned: true }]);
    await store.pool.query("delete from staged_prefixes");
  };
  await setLimits(store, scope.userId, { queuedRuns: 0 });
  await refused("limit_reached");
  await setLimits(store, scope.userId, { queuedRuns: null });
  const making = await store.db.transaction(async (tx) => {
    await tx.select().from(runs).where(eq(runs.id, run.id)).for("update");
    const made = again(store, run);
    made.catch(() => {});
    await vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(1), 100_000);
    await tx.update(runs).set({ erasedAt: sql`now()` }).where(eq(runs.id, run.id));
    return { made };
  });
  await refused("dataset_erased", making.made);
  await store.db.update(runs).set({ erasedAt: null });
  const { frozen } = await getRun(store, run, run.id);
  await deleteObject(store.objects, { key: frozen?.datasetKey ?? "" });
  await refused("dataset_changed");
  await putObject(store.objects, { key: frozen?.datasetKey ?? "", body: "{}" });
  await deleteAdapter(store, scope);
  await refused("adapter_not_found");
});
