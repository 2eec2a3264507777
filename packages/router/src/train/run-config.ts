import {
  defaultHyperparameters,
  forMethod,
  type Hyperparameters,
  presets,
  type UnusedOption,
  unusedOptions,
} from "@loraloom/dataset";
import type { RunConfig } from "@loraloom/store/tables";
import type { EvaluationInput } from "./evaluation.ts";
import type { HyperparametersInput } from "./hyperparameters.ts";
import type { RunOptions } from "./run-options.ts";
import type { Start } from "./start-from.ts";

type ConfigInput = Omit<RunOptions, "evaluation" | "baseModel" | "startFrom"> & {
  evaluation: EvaluationInput;
  /** The version to start from, and its form. */
  start?: Pick<Start, "stored" | "form"> | undefined;
};

/** All that a run's result depends on beside its rows, with every default filled in, and nothing that it has no use for. */
export const toRunConfig = ({ preset, method, ...input }: ConfigInput): RunConfig => ({
  ...withoutUnused({
    method,
    ...usualFor(method, { ...(preset && presets[preset]), fullFineTuning: trainsAll(input) }),
    ...input.start?.form,
    ...given(input.hyperparameters),
  }),
  speaker: input.speaker ?? null,
  evaluation: toStoredEvaluation(input.evaluation),
  evaluationStrategy: input.evaluationStrategy,
  evaluationSteps: input.evaluationSteps ?? null,
  earlyStopping: input.earlyStopping ?? null,
  publish: input.publish,
  skipInvalidRows: input.skipInvalidRows,
  startFrom: input.start?.stored ?? null,
});

const trainsAll = ({ hyperparameters, start }: Pick<ConfigInput, "hyperparameters" | "start">): boolean =>
  hyperparameters.fullFineTuning ?? start?.form.fullFineTuning ?? false;

/** What a preset says of adapters is not asked of a run without one. */
const usualFor = (
  method: RunConfig["method"],
  chosen: Partial<Hyperparameters> & Pick<Hyperparameters, "fullFineTuning">,
) => ({
  ...forMethod({ ...defaultHyperparameters, epochs: null, ...chosen }, method),
  ...(chosen.fullFineTuning && { dropout: 0 }),
});

type Whole = Omit<Hyperparameters, "epochs"> & Pick<RunConfig, "method" | "epochs">;

const withoutUnused = (config: Whole): Omit<Whole, UnusedOption> & Partial<Pick<Whole, UnusedOption>> => {
  const used: Partial<Whole> & Omit<Whole, UnusedOption> = { ...config };
  for (const name of unusedOptions(config)) delete used[name];
  return used;
};

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
  const whole = { ...laterDefaults, ...hyperparameters, ...nothingOf(unusedOptions(config)) };
  return { method, speaker, hyperparameters: whole, ...choices };
};

const nothingOf = (names: UnusedOption[]): Partial<Record<UnusedOption, null>> =>
  Object.fromEntries(names.map((name) => [name, null]));

/** Runs don't hold what they have no use for, nor those that were started before these were there. */
const { beta, desirableWeight, undesirableWeight, ...firstDefaults } = defaultHyperparameters;
const { rankStabilized, dora, fullFineTuning, packing, gradientCheckpointing, ...others } = firstDefaults;
const { rank, alpha, targetModules, ...completions } = others;
const { numGenerations, maxCompletionTokens, temperature, topP, rewards } = completions;
const laterDefaults = {
  ...{ rank, alpha, targetModules, beta, desirableWeight, undesirableWeight },
  ...{ rankStabilized, dora, fullFineTuning, packing, gradientCheckpointing },
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
