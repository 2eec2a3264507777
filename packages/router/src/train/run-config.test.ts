import { expect, test } from "vitest";
import { fromRunConfig, toRunConfig } from "./run-config.ts";
import { requireComparable } from "./run-options.ts";

const usual = {
  method: "sft" as const,
  hyperparameters: {},
  evaluation: "files" as const,
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

test("a run that was started before there were preferences is read with their defaults", () => {
  const { beta: _, desirableWeight: __, undesirableWeight: ___, ...older } = toRunConfig(usual);
  expect(fromRunConfig(older).hyperparameters).toMatchObject({ beta: 0.1, desirableWeight: 1 });
});

test("KTO refuses batches with nothing to compare", () => {
  const inBatchesOf = (batchSize: number) =>
    requireComparable(toRunConfig({ ...usual, method: "kto", hyperparameters: { batchSize } }));
  expect(() => inBatchesOf(1)).toThrow("batchSize 1 is too small for 'kto'");
  inBatchesOf(2);
});
