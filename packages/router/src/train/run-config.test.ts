import { expect, test } from "vitest";
import { hyperparametersInput } from "./hyperparameters.ts";
import { requireAgreement } from "./require-agreement.ts";
import { fromRunConfig, toRunConfig } from "./run-config.ts";

const usual = {
  method: "sft" as const,
  hyperparameters: {},
  evaluation: "files" as const,
  evaluationStrategy: "no" as const,
  publish: "current" as const,
  skipInvalidRows: false,
};

test("what is left out has its default; epochs are chosen from the examples later", () => {
  const config = toRunConfig({ ...usual, hyperparameters: { rank: 4, alpha: undefined } });
  expect(config).toMatchObject({ method: "sft", rank: 4, alpha: 32, epochs: null, maxSteps: null });
});

test.each(["files", "none", { split: 0.1, seed: 7 }] as const)(
  "evaluation %j is read back as given",
  (evaluation) => {
    const given = { ...usual, evaluation, hyperparameters: { epochs: 2 } };
    expect(fromRunConfig(toRunConfig(given))).toMatchObject({
      evaluation,
      publish: "current",
      hyperparameters: { epochs: 2, rank: 16 },
    });
  },
);

test("a preset changes the defaults, and what is given changes the preset", () => {
  const preset = toRunConfig({ ...usual, preset: "dialog", hyperparameters: { rank: 4 } });
  expect(preset).toMatchObject({
    rank: 4,
    alpha: 16,
    dropout: 0.1,
    targetModules: ["q_proj", "v_proj"],
    epochs: 1,
    batchSize: 1,
  });
});

test("preferences take a lower rate, and KTO has something to compare", () => {
  const kto = toRunConfig({ ...usual, method: "kto", preset: "dialog" });
  expect(kto).toMatchObject({ method: "kto", learningRate: 2e-5, batchSize: 2, beta: 0.1 });
  const chosen = toRunConfig({ ...usual, method: "dpo", hyperparameters: { learningRate: 1e-4, beta: 0.3 } });
  expect(chosen).toMatchObject({ learningRate: 1e-4, beta: 0.3 });
});

test("all weights learn at a rate of their own, and of a preset they take what is not an adapter's", () => {
  const full = { fullFineTuning: true };
  const dialog = toRunConfig({ ...usual, preset: "dialog", hyperparameters: full });
  expect(dialog).toMatchObject({
    ...full,
    learningRate: 2e-5,
    dropout: 0,
    batchSize: 1,
    epochs: 1,
  });
  expect(toRunConfig({ ...usual, method: "orpo", hyperparameters: full }).learningRate).toBe(1e-6);
  const chosen = toRunConfig({ ...usual, preset: "large", hyperparameters: { ...full, learningRate: 3e-6 } });
  expect(chosen.learningRate).toBe(3e-6);
  const stored = { avatarId: "mia", version: "current" };
  const going = toRunConfig({ ...usual, start: { stored, form: full as { fullFineTuning: true } } });
  expect(going).toMatchObject({ ...full, learningRate: 2e-5 });
  requireAgreement(dialog, { asked: { ...full, dora: false }, engineKey: plainBase });
});

test("a run that was started before there were preferences is read with their defaults", () => {
  const kto = toRunConfig({ ...usual, method: "kto" });
  const { beta: _, desirableWeight: __, undesirableWeight: ___, ...older } = kto;
  expect(fromRunConfig(older).hyperparameters).toMatchObject({ beta: 0.1, desirableWeight: 1 });
});

test("a run that was started before there was packing is read with its default", () => {
  const { packing: _, evaluationStrategy: __, earlyStopping: ___, dora: ____, ...older } = toRunConfig(usual);
  expect(fromRunConfig(older)).toMatchObject({
    hyperparameters: { packing: false, rankStabilized: false, dora: false },
    evaluationStrategy: "no",
    earlyStopping: null,
  });
});

test("evaluation during training and early stopping are read back as given", () => {
  const chosen = {
    evaluationStrategy: "steps" as const,
    evaluationSteps: 5,
    earlyStopping: { patience: 2, minDelta: 0.1 },
  };
  expect(fromRunConfig(toRunConfig({ ...usual, ...chosen }))).toMatchObject(chosen);
});

const methods = ["sft", "dpo", "orpo", "kto", "grpo"] as const;
const exactMatch = { type: "exact_match" as const, weight: 1, ignoreCase: false, trim: true };

test("a GRPO run is held to where it began only if asked to, and its rewards are read back as given", () => {
  const chosen = toRunConfig({ ...usual, method: "grpo", hyperparameters: { rewards: [exactMatch] } });
  expect(chosen).toMatchObject({ beta: 0, numGenerations: 8, maxCompletionTokens: 512, temperature: 1 });
  expect(fromRunConfig(chosen).hyperparameters).toMatchObject({ rewards: [exactMatch], topP: 1 });
});

test.each(methods)("what a run by %s tells can be given to the next one, which is the same", (method) => {
  const hyperparameters = { learningRate: 1e-3, ...(method === "grpo" && { rewards: [exactMatch] }) };
  const config = toRunConfig({ ...usual, method, hyperparameters });
  const told = hyperparametersInput.parse(fromRunConfig(config).hyperparameters);
  expect(toRunConfig({ ...usual, method, hyperparameters: told })).toEqual(config);
});

test("a run over all weights tells no rank to the next one", () => {
  const config = toRunConfig({ ...usual, hyperparameters: { fullFineTuning: true } });
  const told = hyperparametersInput.parse(fromRunConfig(config).hyperparameters);
  expect(toRunConfig({ ...usual, hyperparameters: told })).toEqual(config);
});

const adapterForm = { rank: 8, alpha: 16, targetModules: ["q_proj"] };

test("a run over all weights claims no rank, not even one that was stored with the defaults of an adapter", () => {
  const full = toRunConfig({ ...usual, hyperparameters: { fullFineTuning: true } });
  for (const name of Object.keys(adapterForm)) expect(full).not.toHaveProperty(name);
  const none = { rank: null, alpha: null, targetModules: null, fullFineTuning: true, dropout: 0 };
  expect(fromRunConfig(full).hyperparameters).toMatchObject(none);
  expect(fromRunConfig({ ...full, ...adapterForm }).hyperparameters).toMatchObject(none);
  expect(fromRunConfig(toRunConfig(usual)).hyperparameters).toMatchObject({ rank: 16, alpha: 32 });
});

const chosenOptions = {
  beta: 0.3,
  desirableWeight: 2,
  undesirableWeight: 3,
  numGenerations: 4,
  maxCompletionTokens: 64,
  temperature: 0.7,
  topP: 0.9,
  rewards: [exactMatch],
  packing: true,
};
const usedBy: Record<keyof typeof chosenOptions, readonly string[]> = {
  beta: ["dpo", "orpo", "kto", "grpo"],
  desirableWeight: ["kto"],
  undesirableWeight: ["kto"],
  numGenerations: ["grpo"],
  maxCompletionTokens: ["grpo"],
  temperature: ["grpo"],
  topP: ["grpo"],
  rewards: ["grpo"],
  packing: ["sft"],
};
const names = Object.keys(chosenOptions) as (keyof typeof chosenOptions)[];

test.each(names.flatMap((name) => methods.map((method) => [name, method] as const)))(
  "%s is used by '%s', or refused with its value and what to do",
  (name, method) => {
    const rewards = method === "grpo" && { rewards: [exactMatch] };
    const hyperparameters = { ...rewards, [name]: chosenOptions[name] };
    if (usedBy[name].includes(method)) {
      agree({ method, hyperparameters });
      const read = fromRunConfig(toRunConfig({ ...usual, method, hyperparameters })).hyperparameters;
      expect(read[name]).toEqual(chosenOptions[name]);
      return;
    }
    const told = typeof chosenOptions[name] === "number" ? String(chosenOptions[name]) : name;
    const refusal = new RegExp(`${told}.*'${method}'.*[Ll]eave (it|packing) out`);
    expect(() => agree({ method, hyperparameters })).toThrow(refusal);
    const read = fromRunConfig(toRunConfig({ ...usual, method })).hyperparameters;
    expect(read[name]).toBe(name === "packing" ? false : null);
  },
);

type Options = Partial<Parameters<typeof toRunConfig>[0]>;
const plainBase = "tiny@main/float32/none";
const agree = (options: Options, engineKey = plainBase) =>
  requireAgreement(toRunConfig({ ...usual, ...options }), {
    asked: options.hyperparameters ?? {},
    engineKey,
  });
const manyPrompts = { rewards: [exactMatch], batchSize: 64, gradientAccumulation: 32 };
const steps = { evaluationStrategy: "steps", evaluationSteps: 5 } as const;

test.each<[string, Options]>([
  ["batchSize 1 is too small for 'kto'", { method: "kto", hyperparameters: { batchSize: 1 } }],
  ["rewards are missing: 'grpo' learns by", { method: "grpo" }],
  ["The option rewards is for 'grpo', not for 'sft'", { hyperparameters: { rewards: [exactMatch] } }],
  [
    "dora is not trained by 'grpo', which writes in the shared passes: leave dora out.",
    { method: "grpo", hyperparameters: { rewards: [exactMatch], dora: true } },
  ],
  [
    "dora and fullFineTuning are not trained by 'grpo', which writes in the shared passes: leave dora out and leave",
    { method: "grpo", hyperparameters: { rewards: [exactMatch], dora: true, fullFineTuning: true } },
  ],
  [
    "batchSize 64 × gradientAccumulation 32 × numGenerations 3 are 6144 completions a step",
    { method: "grpo", hyperparameters: { ...manyPrompts, numGenerations: 3 } },
  ],
  ["packing is for 'sft': 'dpo' compares", { method: "dpo", hyperparameters: { packing: true } }],
  ["evaluationStrategy 'steps' needs evaluationSteps", { evaluationStrategy: "steps" }],
  ["evaluationSteps 5 goes with evaluationStrategy 'steps'", { evaluationSteps: 5 }],
  ["evaluationStrategy 'steps' has nothing to measure on", { ...steps, evaluation: "none" }],
  ["earlyStopping waits for evaluations", { earlyStopping: { patience: 1, minDelta: 0 } }],
  [
    "fullFineTuning is not trained by 'grpo'",
    { method: "grpo", hyperparameters: { rewards: [exactMatch], fullFineTuning: true } },
  ],
  [
    "no adapter, which alone has rank, dora, targetModules: leave out",
    { hyperparameters: { fullFineTuning: true, rank: 8, dora: true, dropout: 0, targetModules: ["q_proj"] } },
  ],
])("options that contradict each other are refused: %s", (message, options) => {
  expect(() => agree(options)).toThrow(message);
});

test("all contradictions are told at once", () => {
  const config = toRunConfig({
    ...usual,
    method: "kto",
    hyperparameters: { batchSize: 1, packing: true, dora: true },
    evaluationSteps: 3,
  });
  const told = /batchSize 1 .* packing is .* evaluationSteps 3 .* dora is not trained on /;
  expect(() => requireAgreement(config, { asked: {}, engineKey: "tiny@main/float32/8bit" })).toThrow(told);
});

test.each<Options>([
  { method: "kto", hyperparameters: { batchSize: 2 } },
  { hyperparameters: { packing: true } },
  { method: "grpo", hyperparameters: { ...manyPrompts, numGenerations: 2 } },
  { hyperparameters: { batchSize: 1024, gradientAccumulation: 1024 } },
  { ...steps, earlyStopping: { patience: 1, minDelta: 0 } },
  { evaluationStrategy: "epoch", evaluation: { split: 0.1, seed: 0 } },
])("options that agree are taken: %j", (options) => {
  agree(options);
});

const wholeModel = {
  stored: { avatarId: "captain", version: "v1" },
  form: { fullFineTuning: true },
} as const;

test.each<[string, Options, string]>([
  [
    "no adapter, which alone has rank: leave out what an adapter has, or",
    { hyperparameters: { rank: 8 } },
    plainBase,
  ],
  ["are rounded to few bits:", {}, "tiny@main/float32/4bit"],
  ["is not trained by 'grpo'", { method: "grpo", hyperparameters: { rewards: [exactMatch] } }, plainBase],
])("what a run has by the version that it starts from is told so: %s", (message, options, engineKey) => {
  const told = () => agree({ ...options, start: wholeModel }, engineKey);
  expect(told).toThrow(message);
  expect(told).toThrow("fullFineTuning (startFrom names version 'v1', which is a whole model) ");
  expect(told).toThrow("start from another version or from none");
});

test("all weights are trained on a base whose weights are whole", () => {
  const full = { hyperparameters: { fullFineTuning: true } };
  for (const rounded of ["4bit", "8bit"])
    expect(() => agree(full, `tiny@main/float32/${rounded}`)).toThrow(
      /of 'tiny@main.* are rounded to few bits: leave fullFineTuning out/,
    );
  agree(full, "tiny@main/bfloat16/none");
});

test("DoRA is refused on an 8-bit base, which is named, and on no other", () => {
  const options = { hyperparameters: { dora: true } };
  expect(() => agree(options, "tiny@main/float32/8bit")).toThrow(/tiny@main.* leave dora out/);
  agree(options, "tiny@main/float32/4bit");
  agree({}, "tiny@main/float32/8bit");
});
