import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { claimRun, findQueuePlace, getRun, recordProgress, renewLease, waitForLimit } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runs, usageLedger } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { testProgress } from "../testing/run-records.ts";
import { claimNextRun, prepareAvatar, queueRun, testEngineKey } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { setLimits } from "./index.ts";

const claim = { workerId: "worker", engineKey: testEngineKey, leaseSeconds: 300 };
const countRuns = (store: Store, userId: string) => store.db.$count(runs, eq(runs.userId, userId));

test("many starts at once never make a queue longer than its limit, and others' starts go on", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  await setLimits(store, "ada", { queuedRuns: 5 });
  const starts = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => queueRun(store, index % 2 ? ada : bob)),
  );
  await Promise.allSettled(Array.from({ length: 10 }, () => queueRun(store, ada)));
  expect(await countRuns(store, "ada")).toBe(5);
  expect(await countRuns(store, "bob")).toBe(10);
  const refused = starts.filter((start) => start.status === "rejected").map(({ reason }) => reason);
  for (const error of refused)
    expect(error).toMatchObject({
      code: "limit_reached",
      message: expect.stringContaining("'queuedRuns' of 5 waiting runs"),
      details: { limit: "queuedRuns", value: 5, used: 5, resetsAt: null },
    });
  await claimNextRun(store);
  await claimNextRun(store);
  await expect(queueRun(store, ada)).resolves.toMatchObject({ status: "queued" });
});

test("many claims at once never give a user more runs than he may have at work, and others get theirs", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  for (let number = 0; number < 12; number += 1) await queueRun(store, ada);
  const waiting = await queueRun(store, ada);
  for (let number = 0; number < 6; number += 1) await queueRun(store, bob);
  await setLimits(store, undefined, { concurrentRuns: 2 });
  await setLimits(store, "bob", { concurrentRuns: null });
  const claims = () => Promise.all(Array.from({ length: 15 }, () => claimRun(store, claim)));
  const claimed = (await claims()).concat(await claims(), await claims()).filter((run) => run !== undefined);
  expect(claimed.filter(({ userId }) => userId === "ada")).toHaveLength(2);
  expect(claimed.filter(({ userId }) => userId === "bob")).toHaveLength(6);
  expect(await findQueuePlace(store, waiting)).toMatchObject({ heldBy: "concurrentRuns", heldAt: 2 });
  await setLimits(store, "ada", { concurrentRuns: 0 });
  expect(await claimRun(store, claim)).toBeUndefined();
  await setLimits(store, "ada", { concurrentRuns: 3 });
  expect((await claims()).filter((run) => run !== undefined)).toHaveLength(1);
});

test.each([
  ["tokensPerDay", { tokens: 100 }, /^2\d{3}-\d\d-\d\dT00:00:00.000Z$/],
  ["tokensPerMonth", { tokens: 100 }, /^2\d{3}-\d\d-01T00:00:00.000Z$/],
  ["gpuSecondsPerDay", { gpuSeconds: 100 }, /T00:00:00.000Z$/],
  ["gpuSecondsPerMonth", { gpuSeconds: 100 }, /-01T00:00:00.000Z$/],
  ["costPerMonth", { cost: 100 }, /-01T00:00:00.000Z$/],
] as const)("%s: a start beyond it is refused, and says when it resets", async (limit, used, resetsAt) => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  await setLimits(store, "ada", { [limit]: 100.5 });
  await addUsage(store, { userId: "ada", ...used });
  await queueRun(store, ada);
  await setLimits(store, "ada", { [limit]: 100 });
  await expect(queueRun(store, ada)).rejects.toMatchObject({
    code: "limit_reached",
    retryable: false,
    details: { limit, value: 100, used: 100, resetsAt: expect.stringMatching(resetsAt) },
  });
  expect(await countRuns(store, "ada")).toBe(1);
});

test("a run that crosses a limit waits with its checkpoint, and goes on once the day has turned", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  await setLimits(store, undefined, { tokensPerDay: 80 });
  const { id } = await queueRun(store, ada);
  const next = await queueRun(store, ada);
  const run = await claimNextRun(store);
  const beat = () => renewLease(store, { ...run, leaseSeconds: 300 });
  expect(await beat()).toEqual({ cancelRequested: false, cancelKeeps: false });
  await recordProgress(store, run, testProgress);
  expect(await beat()).toEqual({ cancelRequested: false, cancelKeeps: false, limitReached: "tokensPerDay" });
  const waiting = await waitForLimit(store, run);
  expect(waiting).toMatchObject({ status: "queued", failures: 0, heldBy: "tokensPerDay" });

  // The other run waits too, and nobody is kept from his.
  expect(await claimRun(store, claim)).toBeUndefined();
  expect(await findQueuePlace(store, next)).toMatchObject({
    ...{ isPaused: true, heldBy: "tokensPerDay", heldAt: 80 },
  });
  await queueRun(store, bob);
  expect(await claimRun(store, claim)).toMatchObject({ userId: "bob" });

  await turnDay(store);
  expect(await claimNextRun(store)).toMatchObject({ id, heldBy: null, attempt: 2 });
});

test("a limit that is raised lets waiting runs go on at once; one that is still reached holds them again", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  await queueRun(store, ada);
  await addUsage(store, { userId: "ada", gpuSeconds: 50 });
  await setLimits(store, undefined, { gpuSecondsPerMonth: 10 });
  expect(await claimRun(store, claim)).toBeUndefined();
  await setLimits(store, undefined, { gpuSecondsPerMonth: 20 });
  expect(await claimRun(store, claim)).toBeUndefined();
  await setLimits(store, "ada", { gpuSecondsPerMonth: null });
  expect(await claimRun(store, claim)).toMatchObject({ userId: "ada" });
});

test("a run that has done its last step is let end", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  await setLimits(store, "ada", { tokensPerDay: 1 });
  await queueRun(store, ada);
  const run = await claimNextRun(store);
  await recordProgress(store, run, { ...testProgress, step: testProgress.steps });
  expect(await renewLease(store, { ...run, leaseSeconds: 300 })).toEqual({
    cancelRequested: false,
    cancelKeeps: false,
  });
  expect((await getRun(store, ada, run.id)).status).toBe("training");
});

/** As if all of this had been a day earlier, by the database's clock. */
const turnDay = async ({ db, pool }: Store): Promise<void> => {
  await pool.query("update runs set not_before = not_before - interval '1 day'");
  const rows = await db.delete(usageLedger).returning();
  const dayBefore = (hour: Date) => new Date(hour.getTime() - 86_400_000);
  await db.insert(usageLedger).values(rows.map((row) => ({ ...row, hour: dayBefore(row.hour) })));
};
