import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdWaiting } from "../runs/hold-waiting.ts";
import { failRun } from "../runs/index.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun, testEngineKey } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { setLimits } from "../usage/index.ts";
import { registerWorker } from "../workers/index.ts";
import { readServiceFigures } from "./index.ts";

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test("it tells who waits, who works, and whose fault failures were", async () => {
  const scope = await prepareAvatar(store);
  for (let run = 0; run < 4; run += 1) await queueRun(store, scope);
  const url = "http://127.0.0.1:1";
  const worker = { id: "worker", url, engineKey: testEngineKey, roles: [], slots: 4 };
  await registerWorker(store, { ...worker, state: "ready", freeMemoryBytes: 5_000_000_000 });
  for (const code of ["over_length", "non_finite_loss"]) {
    const error = { code, message: "-", remedy: "-" };
    await failRun(store, await claimNextRun(store), { error, fault: "user" });
  }
  await claimNextRun(store);
  await store.db.execute(
    sql`update runs set not_before = now() - interval '90 seconds' where status = 'queued'`,
  );
  const figures = await readServiceFigures(store);
  expect(figures.queues).toMatchObject([{ engineKey: testEngineKey, runs: 1, held: 0, paused: 0 }]);
  expect(figures.queues[0]?.oldestSeconds).toBeGreaterThanOrEqual(90);
  expect(figures.active).toEqual([{ status: "preparing", runs: 1 }]);
  expect(figures.ended).toEqual([{ status: "failed", fault: "user", runs: 2 }]);
  expect(figures.workers).toMatchObject([
    { id: "worker", slots: 4, slotsUsed: 1, freeMemoryBytes: 5_000_000_000 },
  ]);
});

test("it tells who waits for a worker, who is held by a limit, and who pauses after a fault", async () => {
  await using store = await openTestStore();
  const users = ["spent", "held", "busy", "paused", "free"];
  const [spent, held, busy, paused, free] = await Promise.all(
    users.map((userId) => prepareAvatar(store, { userId })),
  );
  for (const scope of [paused, busy]) await queueRun(store, scope ?? expect.unreachable());
  for (const _ of [paused, busy]) {
    const run = await claimNextRun(store);
    const error = { code: "engine_crashed", message: "-", remedy: "-" };
    if (run.userId === "paused") await failRun(store, run, { error, fault: "system" });
  }
  for (const scope of [spent, held, busy, free]) await queueRun(store, scope ?? expect.unreachable());
  await setLimits(store, undefined, { tokensPerDay: 10, concurrentRuns: 1 });
  for (const userId of ["spent", "held"]) await addUsage(store, { userId, tokens: 10 });
  await store.db.transaction((tx) => holdWaiting(tx, "held"));
  await store.db.execute(
    sql`update runs set not_before = now() - interval '1 hour' where user_id in ('spent', 'busy')`,
  );
  const { queues } = await readServiceFigures(store);
  expect(queues).toMatchObject([{ runs: 5, held: 3, paused: 1 }]);
  // What a limit holds says nothing of how long workers let people wait.
  expect(queues[0]?.oldestSeconds).toBeLessThan(1800);
});
