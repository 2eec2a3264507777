import { defaultHyperparameters, forMethod, presets } from "@loraloom/dataset";
import type { RunConfig } from "@loraloom/store/tables";
import type { EvaluationInput } from "./evaluation.ts";
import type { HyperparametersInput } from "./hyperparameters.ts";
import type { RunOptions } from "./run-options.ts";
import type { Start } from "./start-from.ts";

type ConfigInput = Omit<RunOptions, "evaluation" | "baseModel" | "startFrom"> & {
  evaluation: EvaluationInput;
  /** The version to start from, and its form. */
  start?: Pick<Start, "stored" | "shape"> | undefined;
};

/** All that a run's result depends on beside its rows, with every default filled in. */
export const toRunConfig = ({ preset, method, ...input }: ConfigInput): RunConfig => ({
  method,
  ...forMethod({ ...defaultHyperparameters, epochs: null, ...(preset && presets[preset]) }, method),
  ...input.start?.shape,
  ...given(input.hyperparameters),
  speaker: input.speaker ?? null,
  evaluation: toStoredEvaluation(input.evaluation),
  evaluationStrategy: input.evaluationStrategy,
  evaluationSteps: input.evaluationSteps ?? null,
  earlyStopping: input.earlyStopping ?? null,
  publish: input.publish,
  skipInvalidRows: input.skipInvalidRows,
  startFrom: input.start?.stored ?? null,
});

/** The same as callers write it. */
export const fromRunConfig = (config: RunConfig) => {
  const { method, speaker = null, evaluation, publish, skipInvalidRows, startFrom = null, ...rest } = config;
  const {
    evaluationStrategy = "no",
    evaluationSteps = null,
    earlyStopping = null,
    ...hyperparameters
  } = rest;
  const evaluating = { evaluation: fromStoredEvaluation(evaluation), evaluationStrategy, evaluationSteps };
  const choices = { ...evaluating, earlyStopping, publish, skipInvalidRows, startFrom };
  return { method, speaker, hyperparameters: { ...laterDefaults, ...hyperparameters }, ...choices };
};

/** Runs that were started before these were there don't hold them. */
const { beta, desirableWeight, undesirableWeight, ...firstDefaults } = defaultHyperparameters;
const { rankStabilized, dora, packing, gradientCheckpointing, ...others } = firstDefaults;
const { numGenerations, maxCompletionTokens, temperature, topP, rewards } = others;
const laterDefaults = {
  ...{ beta, desirableWeight, undesirableWeight },
  ...{ rankStabilized, dora, packing, gradientCheckpointing },
  ...{ numGenerations, maxCompletionTokens, temperature, topP, rewards },
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
