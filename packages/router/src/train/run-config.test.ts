import { expect, test } from "vitest";
import { fromRunConfig, toRunConfig } from "./run-config.ts";

const usual = {
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
