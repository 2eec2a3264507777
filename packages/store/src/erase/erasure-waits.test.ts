/** An erasure beside those who are at work on what it takes: it waits for them, and nobody waits for each other. */
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lockAdapter } from "../adapters/lock-adapter.ts";
import { appendEvent } from "../events/index.ts";
import { runs } from "../tables/index.ts";
import { openTestStore, type TestStore, waitingForLocks } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { eraseScope } from "./index.ts";

const gone = { userId: "eve-erased", avatarId: "mia-erased" };

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(() => store?.[Symbol.asyncDispose]());

const someoneWaits = () => vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(1), 100_000);

test("an erasure waits for a worker that is just telling of its run, and takes what it told", async () => {
  await prepareAvatar(store, gone);
  await queueRun(store, gone);
  const run = await claimNextRun(store);
  let erasing: Promise<unknown> | undefined;
  await store.db.transaction(async (tx) => {
    await tx.update(runs).set({ name: "renamed" }).where(eq(runs.id, run.id));
    erasing = eraseScope(store, gone);
    await someoneWaits();
    await appendEvent(tx, run.id, { type: "run-queued", data: {} });
  });
  expect(await erasing).toMatchObject({ rows: { runs: 1 } });
});

test("an erasure waits for what has locked an adapter, and not the other way round", async () => {
  await prepareAvatar(store, gone);
  const { id } = await queueRun(store, gone);
  let erasing: Promise<unknown> | undefined;
  await store.db.transaction(async (tx) => {
    await lockAdapter(tx, gone);
    erasing = eraseScope(store, gone);
    await someoneWaits();
    await tx.update(runs).set({ name: "renamed" }).where(eq(runs.id, id));
  });
  expect(await erasing).toMatchObject({ rows: { runs: 1, adapters: 1 } });
  // What Postgres ends because two wait for each other is begun again.
  expect(store.logged.filter(({ message }) => message.includes("given up"))).toEqual([]);
});
