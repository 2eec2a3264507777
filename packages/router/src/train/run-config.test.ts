import { expect, test } from "vitest";
import { fromRunConfig, toRunConfig } from "./run-config.ts";

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

test("a method that no engine knows is refused by what is served", () => {
  const asked = () => toRunConfig({ ...usual, method: "dpo" });
  expect(asked).toThrow("method 'dpo' is not served; served are: sft.");
});
