import { expect, test } from "vitest";
import { type Preview, previewFields } from "./preview-lines.ts";

const hyperparameters: Preview["config"]["hyperparameters"] = {
  rank: 16,
  alpha: 32,
  rankStabilized: false,
  dora: false,
  fullFineTuning: false,
  dropout: 0,
  targetModules: "all-linear",
  learningRate: 2e-4,
  schedule: "cosine",
  warmupRatio: 0.03,
  weightDecay: 0,
  maxGradNorm: 1,
  batchSize: 2,
  gradientAccumulation: 1,
  packing: false,
  gradientCheckpointing: false,
  epochs: null,
  maxSteps: null,
  maxLength: 1024,
  overLength: "truncate",
  seed: 0,
  beta: null,
  desirableWeight: null,
  undesirableWeight: null,
  numGenerations: null,
  maxCompletionTokens: null,
  temperature: null,
  topP: null,
  rewards: null,
};

/** As much of them as a run of another kind can be told. */
const recommended: NonNullable<Preview["recommended"]> = {
  rankStabilized: false,
  dora: false,
  fullFineTuning: false,
  dropout: 0,
  learningRate: 2e-4,
  schedule: "cosine",
  warmupRatio: 0.03,
  weightDecay: 0,
  maxGradNorm: 1,
  batchSize: 8,
  gradientAccumulation: 1,
  packing: false,
  gradientCheckpointing: false,
  epochs: 3,
  maxSteps: null,
  maxLength: 4096,
  overLength: "truncate",
  seed: 0,
};

const preview: Preview = {
  allowedToStart: { allowed: true },
  baseModel: "tiny",
  config: {
    method: "sft",
    speaker: null,
    hyperparameters,
    evaluation: "files",
    evaluationStrategy: "no",
    evaluationSteps: null,
    earlyStopping: null,
    publish: "current",
    skipInvalidRows: false,
    startFrom: null,
  },
  data: null,
  examples: 2_000,
  evaluationExamples: 10,
  tokens: {
    perEpoch: 2_400_000,
    trained: 900_000,
    longest: 3_000,
    overLength: { rows: 1, handling: "truncate" },
  },
  estimate: {
    epochs: 3,
    steps: 3_000,
    seconds: 4_000,
    secondsUnknown: null,
    memoryBytes: 9e9,
    freeMemoryBytes: 4e9,
    fits: false,
  },
  cost: { amount: 2.5, currency: "EUR" },
  unknown: null,
  recommended: { ...recommended, rank: 16, alpha: 32, targetModules: "all-linear" },
};

test("says all that is known of a run: tokens, what is cut, steps, time, memory, cost, what is recommended", () => {
  expect(previewFields(preview, {})).toEqual([
    ["base model", "tiny"],
    ["examples", "2,000, 10 held out"],
    ["tokens", "2,400,000 an epoch, 900,000 of them learnt; the longest example 3,000"],
    ["over length", "1 row longer than 1,024 tokens; such rows are cut there"],
    ["steps", "3,000 in 3 epochs"],
    ["time", "about 1 h 6 min"],
    ["memory", "9.0 GB, which does not fit: 4.0 GB are free"],
    ["cost", "2.50 EUR"],
    ["recommended", "batchSize=8, maxLength=4096 (--recommended takes it)"],
  ]);
});

test("says why the time of a run is not known", () => {
  const { estimate } = preview;
  const secondsUnknown = "It depends on the weather.";
  const unknown = estimate && { ...estimate, seconds: null, secondsUnknown, fits: true };
  const time = ["time", "not known before it trains: It depends on the weather."];
  expect(previewFields({ ...preview, estimate: unknown }, {})).toContainEqual(time);
});

test("what was set by hand is not recommended otherwise, and what refuses a run is not said twice", () => {
  const refusal = { code: "adapter_not_found", reason: "There is no adapter." };
  const refused: Preview = {
    ...preview,
    allowedToStart: { allowed: false, ...refusal },
    baseModel: null,
    tokens: null,
    estimate: null,
    cost: null,
    unknown: refusal,
  };
  expect(previewFields(refused, { batchSize: 2, maxLength: 1024 })).toEqual([
    ["examples", "2,000, 10 held out"],
  ]);
});

test("what was set by hand and the run has no use for is not recommended either", () => {
  const [name, words] = previewFields(preview, { numGenerations: 4 }).at(-1) ?? [];
  expect([name, words]).toEqual(["recommended", "batchSize=8, maxLength=4096 (--recommended takes it)"]);
});

test("of a run over all weights nothing of an adapter is said", () => {
  const none = { rank: null, alpha: null, targetModules: null };
  const { config } = preview;
  const full: Preview = {
    ...preview,
    config: { ...config, hyperparameters: { ...hyperparameters, ...none, fullFineTuning: true } },
    recommended: { ...recommended, fullFineTuning: true },
  };
  expect(previewFields(full, {}).at(-1)).toEqual([
    "recommended",
    "batchSize=8, maxLength=4096 (--recommended takes it)",
  ]);
});
