import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failRun } from "../runs/index.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun, testEngineKey } from "../testing/scenario.ts";
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
  expect(figures.queues).toMatchObject([{ engineKey: testEngineKey, runs: 1, paused: 0 }]);
  expect(figures.queues[0]?.oldestSeconds).toBeGreaterThanOrEqual(90);
  expect(figures.active).toEqual([{ status: "preparing", runs: 1 }]);
  expect(figures.ended).toEqual([{ status: "failed", fault: "user", runs: 2 }]);
  expect(figures.workers).toMatchObject([
    { id: "worker", slots: 4, slotsUsed: 1, freeMemoryBytes: 5_000_000_000 },
  ]);
});
