import { LoraloomError } from "@loraloom/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Inference } from "../inference.ts";
import { countedTokens, registerTestWorker } from "../testing/counting-worker.ts";
import {
  noInference,
  openTestApi,
  outcomeOf,
  type TestApi,
  type TestCaller,
} from "../testing/open-test-api.ts";
import { chatRow, dialogOf, storeTrainingFile } from "../testing/store-training-file.ts";

const estimate = { steps: 75, epochs: 25, seconds: 90, memoryBytes: 5e8, freeMemoryBytes: 9e9, fits: true };

/** Answers of a worker; what it was asked is noted. */
const asked = { counts: [] as string[], estimates: [] as object[] };
const inference: Inference = {
  ...noInference,
  async countTokens({ file, reading }) {
    asked.counts.push(`${file.name} ${reading.maxLength} ${reading.overLength}`);
    return countedTokens;
  },
  async estimate({ training, evaluation, config: { maxCompletionTokens = 0 } }) {
    asked.estimates.push({ training, evaluation });
    if (maxCompletionTokens > 1_000) throw new LoraloomError("over_length", "More than the model takes.");
    return estimate;
  },
};

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi({ inference, price: { perGpuHour: 4, currency: "EUR" } });
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const store = (avatarId: string, name: string, body: string, kind?: "evaluation_data") =>
  storeTrainingFile(api.store, { userId: "ada", avatarId }, { name, body, ...(kind && { kind }) });
const chats = `${chatRow("one", "1")}\n${chatRow("two", "2")}`;

test.each<[string, object, (avatarId: string) => Promise<unknown>]>([
  ["no_adapter", {}, (avatarId) => store(avatarId, "a.jsonl", chats)],
  ["no_file", {}, (avatarId) => caller.adapter.create({ avatarId })],
  [
    "faults",
    {},
    async (avatarId) => {
      await caller.adapter.create({ avatarId });
      await store(avatarId, "a.jsonl", `${chats}\n{oops`);
    },
  ],
  [
    "no_speaker",
    {},
    async (avatarId) => {
      await caller.adapter.create({ avatarId });
      await store(avatarId, "talk.json", dialogOf(["Ben: Who?", "Ada: I."]));
    },
  ],
  ["another_base", { baseModel: "unheard/of" }, (avatarId) => caller.adapter.create({ avatarId })],
  [
    "nothing_held_out",
    { evaluationStrategy: "epoch", earlyStopping: { patience: 1 } },
    (avatarId) => caller.adapter.create({ avatarId }),
  ],
  [
    "nothing_to_compare",
    { method: "kto", hyperparameters: { batchSize: 1 } },
    (avatarId) => caller.adapter.create({ avatarId }),
  ],
  ["nothing_rewarded", { method: "grpo" }, (avatarId) => caller.adapter.create({ avatarId })],
])("a preview refuses what a start refuses, in the same words: %s", async (avatarId, options, prepare) => {
  await prepare(avatarId);
  const started = await outcomeOf(() => caller.train.start({ avatarId, ...options }));
  if (started.code === "answered") throw new Error("The run was started.");
  const { allowedToStart } = await caller.train.preview({ avatarId, ...options });
  expect(allowedToStart).toEqual({ allowed: false, code: started.code, reason: started.message });
});

test("without a worker there are the examples, a recommendation that a start takes, and why nothing else", async () => {
  const on = { avatarId: "alone" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  const preview = await caller.train.preview(on);
  expect(preview).toMatchObject({
    allowedToStart: { allowed: true },
    baseModel: "tiny",
    examples: 2,
    evaluationExamples: 0,
    data: { files: 1, rows: 2, faultCount: 0 },
    tokens: null,
    estimate: null,
    cost: null,
    unknown: { code: "model_not_loaded" },
    recommended: { epochs: 25, rank: 16 },
  });
  const { hyperparameters } = await caller.trainingData.recommend(on);
  expect(hyperparameters).toEqual(preview.recommended);
  for (const preset of [undefined, "dialog", "large"] as const) {
    const recommended = await caller.trainingData.recommend({ ...on, preset });
    const run = await caller.train.start({ ...on, hyperparameters: recommended.hyperparameters });
    expect(run.config.hyperparameters).toMatchObject(recommended.hyperparameters);
    await caller.train.cancel({ ...on, runId: run.id });
  }
});

test("without a worker the counts of reports are told", async () => {
  const on = { avatarId: "counted-alone" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  const tokens = { examples: 2, total: 50, trained: 10, longest: 30, overLength: 0 };
  await api.store.pool.query(
    "update files set tokens = $1, tokens_base = 'tiny' where avatar_id = 'counted-alone'",
    [tokens],
  );
  expect(await caller.train.preview(on)).toMatchObject({
    tokens: { perEpoch: 50 },
    estimate: null,
    unknown: { code: "model_not_loaded" },
  });
});

test("with a worker there are tokens, steps, seconds, memory and the cost", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "served" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  await store(on.avatarId, "b.jsonl", chatRow("three", "3"));
  await store(on.avatarId, "held.jsonl", chatRow("four", "4"), "evaluation_data");
  expect(await caller.train.preview(on)).toMatchObject({
    examples: 4,
    evaluationExamples: 2,
    tokens: { perEpoch: 120, trained: 40, longest: 31, overLength: { rows: 2, handling: "truncate" } },
    estimate,
    cost: { amount: 0.1, currency: "EUR" },
    unknown: null,
  });
  expect(asked.estimates.at(-1)).toEqual({
    training: { examples: 4, total: 120, longest: 31 },
    evaluation: { examples: 2, total: 60, longest: 31 },
  });
});

test("what the engine has against a run refuses it: a worker is told the longest prompt that is completed", async () => {
  const on = { avatarId: "rewarded" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  const rewarded = (maxCompletionTokens: number) => ({
    ...on,
    method: "grpo" as const,
    hyperparameters: { rewards: [{ type: "exact_match" as const }], maxCompletionTokens },
  });
  expect(await caller.train.preview(rewarded(1_000))).toMatchObject({ allowedToStart: { allowed: true } });
  expect(asked.estimates.at(-1)).toMatchObject({ training: { longestPrompt: 21 } });
  const told = { code: "over_length", reason: "More than the model takes." };
  expect(await caller.train.preview(rewarded(1_001))).toMatchObject({
    allowedToStart: { allowed: false, ...told },
    tokens: { perEpoch: 60 },
    unknown: told,
  });
});

test("before there is an adapter a run is foreseen on the base that it would be made with", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "newcomer" };
  expect(await caller.train.preview(on)).toMatchObject({ allowedToStart: { code: "no_usable_rows" } });
  await store(on.avatarId, "a.jsonl", chats);
  expect(await caller.train.preview(on)).toMatchObject({
    allowedToStart: { allowed: false, code: "adapter_not_found" },
    baseModel: "tiny",
    tokens: { perEpoch: 60 },
    estimate,
    unknown: null,
  });
  const unheard = await caller.train.preview({ ...on, baseModel: "unheard/of" });
  const refused = { code: "unknown_base_model" };
  expect(unheard).toMatchObject({ tokens: null, unknown: refused, allowedToStart: refused });
});

test("packing is estimated from the length of every example, which a worker counts now", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "packed" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  const tokens = { examples: 2, total: 50, trained: 10, longest: 30, overLength: 0 };
  await api.store.pool.query(
    "update files set tokens = $1, tokens_base = 'tiny' where avatar_id = 'packed'",
    [tokens],
  );
  expect(await caller.train.preview({ ...on, hyperparameters: { packing: true } })).toMatchObject({
    estimate,
  });
  expect(asked.estimates.at(-1)).toEqual({
    training: { examples: 2, total: 60, longest: 31, byLength: countedTokens.byLength },
    evaluation: null,
  });
});

test("counts of a report are used again, for the reading that they are of", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "counted" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  const tokens = { examples: 2, total: 50, trained: 10, longest: 30, overLength: 0 };
  await api.store.pool.query(
    "update files set tokens = $1, tokens_base = 'tiny' where avatar_id = 'counted'",
    [tokens],
  );
  asked.counts = [];
  expect(await caller.train.preview(on)).toMatchObject({ tokens: { perEpoch: 50 } });
  expect(await caller.train.preview({ ...on, evaluation: { split: 0.5 } })).toMatchObject({
    examples: expect.any(Number),
  });
  expect(asked.counts).toEqual([]);
  const hyperparameters = { maxLength: 64, overLength: "raise" as const };
  const raised = await caller.train.preview({ ...on, hyperparameters });
  expect(raised.tokens).toMatchObject({ perEpoch: 60, overLength: { rows: 1, handling: "raise" } });
  expect(asked.counts).toEqual(["a.jsonl 64 truncate"]);
});

test("what would take long to count is left to the side job, and that is said", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "large" };
  await caller.adapter.create(on);
  await store(on.avatarId, "a.jsonl", chats);
  await api.store.pool.query("update files set size = 3000000000 where avatar_id = 'large'");
  expect(await caller.train.preview(on)).toMatchObject({
    data: null,
    examples: 2,
    tokens: null,
    estimate: null,
    unknown: { code: "too_large", reason: expect.stringContaining("1 files with 2.8 GiB") },
  });
});
