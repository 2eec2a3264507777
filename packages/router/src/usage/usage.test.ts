import { recordProgress } from "@loraloom/store/runs";
import { addUsage, claimNextRun } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { trainingRow } from "../testing/populate.ts";
import { storeTrainingFile } from "../testing/store-training-file.ts";

let api: TestApi;
let ada: TestCaller;
let service: TestCaller;
beforeAll(async () => {
  api = await openTestApi({ price: { perGpuHour: 7_200, currency: "EUR" } });
  ada = api.as((await api.makeKey("ada")).key);
  service = api.as((await api.makeKey()).key);
  await ada.adapter.create({ avatarId: "one" });
  await storeTrainingFile(
    api.store,
    { userId: "ada", avatarId: "one" },
    { name: "a.jsonl", body: trainingRow },
  );
});
afterAll(() => api[Symbol.asyncDispose]());

const unlimited = {
  concurrentRuns: null,
  queuedRuns: null,
  tokensPerDay: null,
  tokensPerMonth: null,
  gpuSecondsPerDay: null,
  gpuSecondsPerMonth: null,
  costPerMonth: null,
  storageBytes: null,
};

test("a run tells what it was billed so far, and its user what is used and may be used", async () => {
  const { id: runId } = await ada.train.start({ avatarId: "one" });
  expect(await ada.usage.get({})).toMatchObject({ queuedRuns: 1, runningRuns: 0, limits: unlimited });
  const run = await claimNextRun(api.store);
  await recordProgress(api.store, run, {
    ...{ step: 1, steps: 4, epoch: 0.25, loss: 2, learningRate: 1e-4 },
    ...{ tokens: 80, tokensPerSecond: 40, etaSeconds: 6, engineSeconds: 1.5 },
  });
  const billed = { tokens: 80, gpuSeconds: 1.5, cost: { amount: 3, currency: "EUR" } };
  expect(await ada.train.get({ avatarId: "one", runId })).toMatchObject({ usage: billed });
  const usage = await ada.usage.get({});
  expect(usage).toMatchObject({
    ...{ queuedRuns: 0, runningRuns: 1, storageBytes: trainingRow.length },
    ...{ day: billed, month: billed },
  });
  expect(usage.day.resetsAt.getTime()).toBeGreaterThan(Date.now());
  await ada.train.cancel({ avatarId: "one", runId });
});

test("limits are set for everybody and for one, taken back, and listed", async () => {
  expect(await service.admin.limits.set({ limits: { queuedRuns: 3, costPerMonth: 2.5 } })).toEqual({
    userId: null,
    limits: { ...unlimited, queuedRuns: 3, costPerMonth: 2.5 },
  });
  await service.admin.limits.set({ userId: "bob", limits: { queuedRuns: null, tokensPerDay: 5 } });
  expect((await service.admin.limits.get({ userId: "bob" })).limits).toMatchObject({
    ...{ queuedRuns: null, tokensPerDay: 5, costPerMonth: 2.5 },
  });
  await service.admin.limits.set({ userId: "bob", limits: { queuedRuns: "default" } });
  expect((await service.admin.limits.get({ userId: "bob" })).limits.queuedRuns).toBe(3);
  expect(await service.admin.limits.list({})).toMatchObject({
    everybody: { queuedRuns: 3 },
    users: [{ userId: "bob", limits: { tokensPerDay: 5 } }],
    nextCursor: null,
  });
  await service.admin.limits.set({ limits: { queuedRuns: "default", costPerMonth: "default" } });
  expect((await service.admin.limits.get({})).limits).toEqual(unlimited);
});

test.each([
  { limits: { queuedRuns: -1 } },
  { limits: { queuedRuns: 1.5 } },
  { limits: { tokensPerDay: Number.NaN } },
  { limits: { costPerMonth: Number.POSITIVE_INFINITY } },
  { limits: { queuedRuns: 2 ** 53 } },
  { userId: "*", limits: {} },
])("what is no limit, or nobody's, is refused: %j", async (input) => {
  const { code } = await outcomeOf(() => service.admin.limits.set(input));
  expect(["bad_option", "bad_input", "bad_user_id"]).toContain(code);
});

test("a start beyond the money cap is refused by start and told by preview, with when it resets", async () => {
  await service.admin.limits.set({ userId: "ada", limits: { costPerMonth: 10 } });
  await addUsage(api.store, { userId: "ada", cost: 20, hoursAgo: 0 });
  const refused = await outcomeOf(() => ada.train.start({ avatarId: "one" }));
  expect(refused).toMatchObject({
    code: "limit_reached",
    message: expect.stringMatching(
      /'costPerMonth' of a cost of 10 a month is reached: 2\d are used; it resets at \d{4}/,
    ),
  });
  const preview = await ada.train.preview({ avatarId: "one" });
  expect(preview.allowedToStart).toMatchObject({ allowed: false, code: "limit_reached" });
});

test("a cap of money is refused where there is no price, as nobody would ever reach it", async () => {
  await using unpriced = await openTestApi();
  const { limits } = unpriced.as((await unpriced.makeKey()).key).admin;
  expect(await outcomeOf(() => limits.set({ limits: { costPerMonth: 5, queuedRuns: 3 } }))).toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("LORALOOM_PRICE_PER_GPU_HOUR"),
  });
  expect((await limits.get({})).limits).toEqual(unlimited);
  expect(await limits.set({ limits: { costPerMonth: null } })).toMatchObject({ limits: unlimited });
});
