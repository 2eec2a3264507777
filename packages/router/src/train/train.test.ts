import { endCancelled, type HeldOutLoss, recordEvaluation, recordProgress } from "@loraloom/store/runs";
import type { RunProgress } from "@loraloom/store/tables";
import { claimNextRun, storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerTestWorker } from "../testing/counting-worker.ts";
import { openTestApi, outcomeOf, type TestApi, type TestCaller, testBase } from "../testing/open-test-api.ts";
import { publishNext, trainingRow } from "../testing/populate.ts";

let api: TestApi;
let ada: TestCaller;
let bob: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  ada = api.as((await api.makeKey("ada")).key);
  bob = api.as((await api.makeKey("bob")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const prepare = async (caller: TestCaller, userId: string, avatarId: string): Promise<void> => {
  await caller.adapter.create({ avatarId });
  await storeFile(api.store, { userId, avatarId }, { name: "chats.jsonl", body: trainingRow });
};

test("a run is started with every default filled in and shows its place in the queue", async () => {
  const on = { avatarId: "defaults" };
  await prepare(ada, "ada", on.avatarId);
  const first = await ada.train.start({ ...on, name: "first" });
  expect(first).toMatchObject({
    name: "first",
    status: "queued",
    attempt: 0,
    engineKey: "tiny@main/float32/none",
    queuePosition: 1,
    versionId: null,
    examples: null,
    config: { hyperparameters: { rank: 16, epochs: null }, evaluation: "none", publish: "current" },
  });
  const second = await ada.train.start(on);
  expect(second.queuePosition).toBe(2);
  expect((await ada.train.list(on)).runs.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(await ada.train.cancel({ ...on, runId: first.id })).toMatchObject({
    status: "cancelled",
    queuePosition: null,
  });
  expect((await ada.train.get({ ...on, runId: second.id })).queuePosition).toBe(1);
  await ada.train.cancel({ ...on, runId: second.id });
});

test("a run on a base that isn't there is refused with those that are, and one that isn't loaded waits", async () => {
  await using several = await openTestApi({
    deployment: {
      defaultBase: testBase,
      furtherBases: [{ ...testBase, modelId: "second" }],
      allowedModels: [],
    },
  });
  const eve = several.as((await several.makeKey("eve")).key);
  const on = { avatarId: "bases" };
  await eve.adapter.create({ ...on, baseModel: "second" });
  await storeFile(several.store, { userId: "eve", ...on }, { name: "chats.jsonl", body: trainingRow });
  const refused = await outcomeOf(() => eve.train.start({ ...on, baseModel: "third" }));
  expect(refused).toMatchObject({
    code: "unknown_base_model",
    message: "'third' is not an allowed base model; allowed: tiny, second.",
  });
  const key = "second@main/float32/none";
  const bases = [{ engineKey: key, refusal: null }];
  await registerTestWorker(several.store, { bases });
  const run = await eve.train.start(on);
  expect(run).toMatchObject({ engineKey: key, waiting: { reason: "base_not_loaded" } });
  expect((await eve.health()).awaited).toMatchObject([{ engineKey: key, runs: 1, calls: false }]);
  const refusal = { code: "unsupported_base_model", message: "It ties texts together.", remedy: "-" };
  await registerTestWorker(several.store, { bases: [{ engineKey: key, refusal }] });
  expect((await eve.train.get({ ...on, runId: run.id })).waiting).toMatchObject({ reason: "base_refused" });
  expect(await outcomeOf(() => eve.train.start(on))).toMatchObject({ code: refusal.code });
  expect(await eve.health()).toMatchObject({
    baseModels: ["tiny", "second"],
    workers: [{ bases: [{ refusal }] }],
  });
});

test("evaluation files are measured on without being asked for", async () => {
  const scope = { userId: "ada", avatarId: "measures" };
  await prepare(ada, scope.userId, scope.avatarId);
  await storeFile(api.store, scope, { name: "held-out.jsonl", kind: "evaluation_data", body: trainingRow });
  const run = await ada.train.start({ avatarId: scope.avatarId });
  expect(run.config.evaluation).toBe("files");
  await ada.train.cancel({ avatarId: scope.avatarId, runId: run.id });
});

test("when to measure and when to stop is kept with the run", async () => {
  const on = { avatarId: "stops" };
  await prepare(ada, "ada", on.avatarId);
  const run = await ada.train.start({
    ...on,
    evaluation: { split: 0.5 },
    evaluationStrategy: "steps",
    evaluationSteps: 5,
    earlyStopping: { patience: 2 },
    hyperparameters: { packing: true, rankStabilized: true, dora: true, gradientCheckpointing: true },
  });
  expect(run.config).toMatchObject({
    evaluationStrategy: "steps",
    evaluationSteps: 5,
    earlyStopping: { patience: 2, minDelta: 0 },
    hyperparameters: { packing: true, rankStabilized: true, dora: true, gradientCheckpointing: true },
  });
  await ada.train.cancel({ ...on, runId: run.id });
});

test.each([
  [{ hyperparameters: { rank: 0 } }, "hyperparameters.rank: Too small: expected number to be >=1"],
  [{ hyperparameters: { maxLength: 1 } }, "hyperparameters.maxLength: Too small: expected number to be >=2"],
  [{ method: "dpo" as const, hyperparameters: { packing: true } }, "packing is for 'sft'"],
  [{ evaluationStrategy: "epoch" as const }, "upload evaluation files, or hold rows out"],
])("what can't be is refused before the run starts: %j", async (options, message) => {
  const refused = await outcomeOf(() => ada.train.start({ avatarId: "defaults", ...options }));
  expect(refused).toMatchObject({ code: "bad_option", message: expect.stringContaining(message) });
});

const preferences = { chosen: 0.5, rejected: -0.25, margin: 0.75, accuracy: 0.875, kl: null };
const progressAt = (step: number): RunProgress => ({
  ...{ step, steps: 9, epoch: 1, loss: 1 / step, learningRate: 1e-4, gradientNorm: 1.5 },
  ...{ tokens: 10 * step, tokensPerSecond: 40, etaSeconds: 6, preferences },
});
const measured: HeldOutLoss = {
  ...{ phase: "during", step: 5, loss: 0.5, accuracy: null, perplexity: null, reward: null },
  ...{ tokens: 7, preferences, rewards: null },
};

test("a run's history has every figure of its steps and evaluations, thinned out where it is long", async () => {
  const on = { avatarId: "history" };
  await prepare(ada, "ada", on.avatarId);
  const { id: runId } = await ada.train.start(on);
  expect(await ada.train.metrics({ ...on, runId })).toEqual({ train: [], heldOut: [] });
  expect((await claimNextRun(api.store)).id).toBe(runId);
  const fence = { runId, attempt: 1 };
  for (let step = 1; step <= 9; step += 1) await recordProgress(api.store, fence, progressAt(step));
  await recordEvaluation(api.store, fence, measured);
  expect((await ada.train.get({ ...on, runId })).progress).toMatchObject({ gradientNorm: 1.5, preferences });
  const { train, heldOut } = await ada.train.metrics({ ...on, runId });
  expect(train).toHaveLength(9);
  expect(train[1]).toEqual({
    ...{ step: 2, at: expect.any(Date), epoch: 1, loss: 0.5, learningRate: 1e-4, gradientNorm: 1.5 },
    ...{ tokens: 20, tokensPerSecond: 40, preferences, rewards: null },
  });
  expect(heldOut).toEqual([
    {
      ...{ step: 5, at: expect.any(Date), loss: 0.5, accuracy: null, perplexity: null },
      ...{ tokens: 7, preferences, rewards: null },
    },
  ]);
  const stepsOf = async (options: object) =>
    (await ada.train.metrics({ ...on, runId, ...options })).train.map(({ step }) => step);
  expect(await stepsOf({ points: 3 })).toEqual([1, 5, 9]);
  expect(await stepsOf({ fromStep: 4, toStep: 6, points: 3 })).toEqual([4, 5, 6]);
  const refused = await outcomeOf(() => ada.train.metrics({ ...on, runId, points: 1 }));
  expect(refused).toMatchObject({ code: "bad_input", message: expect.stringContaining("points") });
  await endCancelled(api.store, fence);
});

test("two users train under the same names and neither sees the other's", async () => {
  const on = { avatarId: "mia" };
  await prepare(ada, "ada", on.avatarId);
  await prepare(bob, "bob", on.avatarId);
  const runs = { ada: await ada.train.start(on), bob: await bob.train.start(on) };
  const versions = [
    await publishNext(api, { userId: "ada", avatarId: "mia" }),
    await publishNext(api, { userId: "bob", avatarId: "mia" }),
  ];
  const [adas, bobs] = [await ada.adapter.versions(on), await bob.adapter.versions(on)];
  expect(adas.versions.map(({ runId }) => runId)).toEqual([runs.ada.id]);
  expect(bobs.versions.map(({ runId }) => runId)).toEqual([runs.bob.id]);
  expect([...adas.versions, ...bobs.versions].map(({ id }) => id).sort()).toEqual(versions.sort());
  expect((await ada.train.list(on)).runs).toMatchObject([{ id: runs.ada.id, status: "completed" }]);
});

test("a cancellation is audited once; of a run that has ended there is nothing to cancel", async () => {
  const on = { avatarId: "cancels" };
  await prepare(ada, "ada", on.avatarId);
  const published = await ada.train.start(on);
  await publishNext(api, { userId: "ada", avatarId: "cancels" });
  expect(await ada.train.cancel({ ...on, runId: published.id })).toMatchObject({ status: "completed" });
  const { id: runId } = await ada.train.start(on);
  for (let asked = 0; asked < 2; asked += 1)
    expect(await ada.train.cancel({ ...on, runId })).toMatchObject({ status: "cancelled" });
  const { rows } = await api.store.pool.query(
    "select subject from audit_log where action = 'run-cancelled' and avatar_id = 'cancels'",
  );
  expect(rows).toEqual([{ subject: runId }]);
});
