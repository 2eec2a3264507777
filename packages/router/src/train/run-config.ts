import { defaultHyperparameters } from "@loraloom/dataset";
import type { RunConfig } from "@loraloom/store/tables";
import type { EvaluationInput } from "./evaluation.ts";
import type { HyperparametersInput } from "./hyperparameters.ts";

type ConfigInput = {
  hyperparameters: HyperparametersInput;
  evaluation: EvaluationInput;
  publish: RunConfig["publish"];
  skipInvalidRows: boolean;
};

/** All that a run's result depends on beside its rows, with every default filled in. */
export const toRunConfig = (input: ConfigInput): RunConfig => ({
  method: "sft",
  ...defaultHyperparameters,
  epochs: null,
  ...given(input.hyperparameters),
  evaluation: toStoredEvaluation(input.evaluation),
  publish: input.publish,
  skipInvalidRows: input.skipInvalidRows,
});

/** The same as callers write it. */
export const fromRunConfig = (config: RunConfig) => {
  const { method, evaluation, publish, skipInvalidRows, ...hyperparameters } = config;
  return { method, hyperparameters, evaluation: fromStoredEvaluation(evaluation), publish, skipInvalidRows };
};

/** Without the options that are there and undefined: those too take their default. */
const given = (options: HyperparametersInput): Given<HyperparametersInput> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

type Given<Options> = { [Name in keyof Options]?: Exclude<Options[Name], undefined> };

const toStoredEvaluation = (evaluation: EvaluationInput): RunConfig["evaluation"] =>
  typeof evaluation === "string"
    ? { kind: evaluation }
    : { kind: "split", share: evaluation.split, seed: evaluation.seed };

const fromStoredEvaluation = (evaluation: RunConfig["evaluation"]): EvaluationInput =>
  evaluation.kind === "split" ? { split: evaluation.share, seed: evaluation.seed } : evaluation.kind;
