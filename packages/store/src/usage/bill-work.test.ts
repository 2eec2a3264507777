import { afterAll, beforeAll, expect, test } from "vitest";
import {
  cancelRun,
  getRun,
  handBack,
  recordProgress,
  renewLease,
  sweepExpiredLeases,
} from "../runs/index.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { testProgress } from "../testing/run-records.ts";
import { claimNextRun, expireLease, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { ledgerOf } from "../testing/usage.ts";
import { readUsage } from "./read-usage.ts";

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore({ price: { perGpuHour: 3600, currency: "EUR" } });
});
afterAll(() => store[Symbol.asyncDispose]());

/** Another user with a claimed run. */
const users = { count: 0 };
const begin = async () => {
  users.count += 1;
  const scope = await prepareAvatar(store, { userId: `user-${users.count}` });
  await queueRun(store, scope);
  return { scope, run: await claimNextRun(store) };
};
type Claimed = Awaited<ReturnType<typeof begin>>["run"];

const step = (run: Claimed, number: number, engineSeconds: number) =>
  recordProgress(store, run, {
    ...testProgress,
    step: number,
    steps: 100,
    tokens: 10 * number,
    engineSeconds,
  });
const beat = (run: Claimed, done: number, seconds: number) =>
  renewLease(store, { ...run, leaseSeconds: 300, openStep: { step: done, seconds } });

test("a step is billed with its progress: tokens, seconds and what they cost", async () => {
  const { scope, run } = await begin();
  await step(run, 1, 2);
  await step(run, 2, 3);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 20, gpuSeconds: 5, cost: 5 });
  expect(await getRun(store, scope, run.id)).toMatchObject({
    billedStep: 2,
    billedTokens: 20,
    billedSeconds: 5,
    cost: 5,
  });
});

test("a step that is trained again after its attempt was lost is not billed again", async () => {
  const { scope, run } = await begin();
  for (const number of [1, 2, 3]) await step(run, number, 2);
  await expireLease(store, run.id);
  await sweepExpiredLeases(store);
  const again = await claimNextRun(store);
  for (const number of [1, 2, 3, 4]) await step(again, number, 7);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 40, gpuSeconds: 13, cost: 13 });
});

test("the same step told twice, and a late attempt's, add nothing", async () => {
  const { scope, run } = await begin();
  await step(run, 1, 2);
  await step(run, 1, 2);
  await handBack(store, run);
  await claimNextRun(store);
  await expect(step(run, 2, 2)).rejects.toMatchObject({ code: "lease_lost" });
  expect(await beat(run, 1, 50)).toBe("lost");
  expect(await ledgerOf(store, scope.userId)).toMatchObject({ tokens: 10, gpuSeconds: 2 });
});

test("a long step is billed as it goes on, at each heartbeat, and no second of it twice", async () => {
  const { scope, run } = await begin();
  await beat(run, 0, 4);
  await beat(run, 0, 9);
  expect(await ledgerOf(store, scope.userId)).toMatchObject({ tokens: 0, gpuSeconds: 9 });
  await step(run, 1, 12);
  // One that was on its way while the step ended.
  await beat(run, 0, 11);
  expect(await ledgerOf(store, scope.userId)).toMatchObject({ tokens: 10, gpuSeconds: 12 });
});

test("a heartbeat that guessed more of a step than it took is set right by the step's end", async () => {
  const { scope, run } = await begin();
  await step(run, 1, 5);
  await beat(run, 1, 15);
  await step(run, 2, 10);
  await step(run, 3, 1);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 30, gpuSeconds: 16, cost: 16 });
  expect(await getRun(store, scope, run.id)).toMatchObject({ billedSeconds: 16, cost: 16 });
});

const lose = async (run: Claimed): Promise<void> => {
  await expireLease(store, run.id);
  await sweepExpiredLeases(store);
};

test.each([
  ["lost", lose],
  ["handed back", (run: Claimed) => handBack(store, run)],
])("what was billed of a step that is %s in its middle is credited", async (_, leave) => {
  const { scope, run } = await begin();
  await step(run, 1, 5);
  await beat(run, 1, 40);
  expect(await ledgerOf(store, scope.userId)).toMatchObject({ gpuSeconds: 45, cost: 45 });
  await leave(run);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 10, gpuSeconds: 5, cost: 5 });
  const again = await claimNextRun(store);
  await beat(again, 0, 30);
  await step(again, 1, 35);
  await beat(again, 1, 3);
  expect(await ledgerOf(store, scope.userId)).toMatchObject({ tokens: 10, gpuSeconds: 8 });
  await cancelRun(store, scope, run.id);
});

test("what is credited on the day after it was billed leaves that day, and the new one's use is not below nothing", async () => {
  const { scope, run } = await begin();
  await step(run, 1, 5);
  await beat(run, 1, 40);
  await turnDay(scope.userId);
  await beat(run, 1, 43);
  await lose(run);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 10, gpuSeconds: 5, cost: 5 });
  expect((await readUsage(store.db, scope.userId)).day).toMatchObject({ tokens: 0, gpuSeconds: 0, cost: 0 });

  const again = await claimNextRun(store);
  await beat(again, 1, 12);
  await turnDay(scope.userId);
  await step(again, 2, 4);
  expect(await ledgerOf(store, scope.userId)).toEqual({ tokens: 20, gpuSeconds: 9, cost: 9 });
  expect((await readUsage(store.db, scope.userId)).day).toMatchObject({ tokens: 10, gpuSeconds: 0, cost: 0 });
});

/** As if all that was billed had been a day earlier. */
const turnDay = (userId: string) =>
  store.pool.query("update usage_ledger set hour = hour - interval '1 day' where user_id = $1", [userId]);

test("many runs of a user at once are billed in full", async () => {
  const scope = await prepareAvatar(store, { userId: "busy" });
  const claimed: Claimed[] = [];
  for (let number = 0; number < 8; number += 1) {
    await queueRun(store, scope);
    claimed.push(await claimNextRun(store));
  }
  await Promise.all(
    claimed.map(async (run) => {
      for (let number = 1; number <= 10; number += 1) await step(run, number, 1);
    }),
  );
  expect(await ledgerOf(store, "busy")).toEqual({ tokens: 800, gpuSeconds: 80, cost: 80 });
});
