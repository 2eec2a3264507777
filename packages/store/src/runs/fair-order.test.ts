import { expect, test } from "vitest";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { testProgress } from "../testing/run-records.ts";
import { claimNextRun, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { addUsage, ledgerOf } from "../testing/usage.ts";
import { handBack, recordProgress } from "./index.ts";

type Claimed = Awaited<ReturnType<typeof claimNextRun>>;

/** Jain's: 1 where all were given the same, 1/n where one was given all. */
const fairness = (given: number[]): number => {
  const sum = given.reduce((total, one) => total + one, 0);
  return sum ** 2 / (given.length * given.reduce((total, one) => total + one ** 2, 0));
};

/** A fixed sequence that looks drawn. */
const drawn = (seed: number) => {
  const state = { value: seed };
  return (below: number): number => {
    state.value = (state.value * 48_271) % 2_147_483_647;
    return state.value % below;
  };
};

/** Slots that take runs and end them in the order in which they would end; each run is billed in full as it ends. */
const serve = async (
  store: TestStore,
  { slots, seconds, secondsOf }: { slots: number; seconds: number; secondsOf: (run: Claimed) => number },
): Promise<string[]> => {
  const order: string[] = [];
  const working: { run: Claimed; endsAt: number; takes: number }[] = [];
  for (let now = 0; now < seconds; ) {
    while (working.length < slots) {
      const run = await claimNextRun(store);
      order.push(run.userId);
      const takes = secondsOf(run);
      working.push({ run, takes, endsAt: now + takes });
    }
    working.sort((one, other) => other.endsAt - one.endsAt);
    const ended = working.pop();
    if (!ended) break;
    now = ended.endsAt;
    await recordProgress(store, ended.run, { ...testProgress, engineSeconds: ended.takes });
    await complete(store, ended.run);
  }
  return order;
};

const complete = async (store: TestStore, run: Claimed): Promise<void> => {
  await store.pool.query("update runs set status = 'completed', lease_expires_at = null where id = $1", [
    run.id,
  ]);
};

test("users with few and many runs, long and short, are given the same while all wait", async () => {
  await using store = await openTestStore();
  const draw = drawn(7);
  const users = Array.from({ length: 10 }, (_, index) => ({
    userId: `user-${index}`,
    // Some have long runs, some many short ones; together each has more than can be given.
    runs: index % 2 ? 6 : 24,
    longest: index % 2 ? 200 : 40,
  }));
  for (const { userId, runs } of users) {
    const scope = await prepareAvatar(store, { userId });
    for (let number = 0; number < runs; number += 1) await queueRun(store, scope);
  }
  const longest = new Map(users.map((user) => [user.userId, user.longest]));
  const secondsOf = ({ userId }: Claimed) =>
    (longest.get(userId) ?? 0) / 2 + draw((longest.get(userId) ?? 2) / 2);
  await serve(store, { slots: 4, seconds: 1_000, secondsOf });
  const given = await Promise.all(users.map(({ userId }) => ledgerOf(store, userId)));
  expect(given.every(({ gpuSeconds }) => gpuSeconds > 0)).toBe(true);
  expect(fairness(given.map(({ gpuSeconds }) => gpuSeconds))).toBeGreaterThanOrEqual(0.95);
});

test("who had much is not starved by newcomers: once the window has passed he is served by age", async () => {
  await using store = await openTestStore();
  const heavy = await prepareAvatar(store, { userId: "heavy" });
  await addUsage(store, { userId: "heavy", gpuSeconds: 100_000, hoursAgo: 23 });
  const oldest = await queueRun(store, heavy);
  for (const userId of ["new-1", "new-2"]) await queueRun(store, await prepareAvatar(store, { userId }));
  expect((await claimNextRun(store)).userId).toBe("new-1");
  await store.pool.query("update usage_ledger set hour = hour - interval '1 hour'");
  const next = await claimNextRun(store);
  expect(next.id).toBe(oldest.id);
  await handBack(store, next);
});
