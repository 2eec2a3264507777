import {
  type AdapterOption,
  adapterOptions,
  defaultHyperparameters,
  epochsFor,
  type Hyperparameters,
} from "./hyperparameters.ts";
import type { TrainingMethod } from "./rows-for-method.ts";
import { isOptionOf, type MethodOption, methodOptions } from "./unused-options.ts";

/** `dialog`: one speaker's manner from few replies. `large`: thousands of examples. */
export type Preset = "dialog" | "large";

type Known = {
  /** Usable rows, at least 1. */
  examples: number;
  /** Of all examples together, where they were counted. */
  tokens?: number | undefined;
  method?: TrainingMethod | undefined;
  preset?: Preset | undefined;
  fullFineTuning?: boolean | undefined;
};

type LeftOut = AdapterOption | MethodOption;

/** Without those of an adapter where there is none, without those of other methods, and without rewards: they are the caller's. */
export type RecommendedHyperparameters = Omit<Hyperparameters, LeftOut> &
  Partial<Omit<Pick<Hyperparameters, LeftOut>, "rewards">>;

/** What a preset changes of the defaults. */
export const presets: Record<Preset, Partial<Hyperparameters>> = {
  dialog: {
    rank: 8,
    alpha: 16,
    dropout: 0.1,
    targetModules: ["q_proj", "v_proj"],
    epochs: 1,
    batchSize: 1,
    gradientAccumulation: 1,
  },
  large: { rank: 32, alpha: 64, batchSize: 8, gradientAccumulation: 2, learningRate: 1e-4 },
};

/** From so many examples on, larger batches: the steps are many enough, and steadier ones learn better. */
const batchSizes = [
  { from: 10_000, batchSize: 8, gradientAccumulation: 2 },
  { from: 1_000, batchSize: 8, gradientAccumulation: 1 },
  { from: 200, batchSize: 4, gradientAccumulation: 1 },
];

/** GRPO holds a model to where it began only if asked to, as TRL does. */
const rewardBeta = 0;
/** Preferences move a model away from where it is: at SFT's rate it forgets how to speak. */
const preferenceRate = 2e-5;
/** An adapter begins by changing nothing; all weights at its rate lose what the base knows. TRL takes the same. */
const fullRates = { sft: 2e-5, preferences: 1e-6 };
/** KTO compares the examples of a batch. */
export const smallestKtoBatch = 2;
const longestLength = 4096;

/**
 * Hyperparameters for an amount of data, as `train.start` accepts them: few examples in small steps and often,
 * many in large batches and once.
 */
export const recommendHyperparameters = ({
  examples,
  tokens,
  method = "sft",
  preset,
  fullFineTuning = false,
}: Known): RecommendedHyperparameters => {
  const sized = {
    ...defaultHyperparameters,
    ...batchFor(examples),
    epochs: epochsFor(examples),
    maxLength: lengthFor(tokens === undefined ? 0 : tokens / examples),
    fullFineTuning,
  };
  const chosen = forMethod({ ...sized, ...(preset && presets[preset]) }, method);
  const leftOut: (keyof Hyperparameters)[] = [
    "rewards",
    ...methodOptions.filter((name) => !isOptionOf(name, method)),
    ...(fullFineTuning ? adapterOptions : []),
  ];
  return without(leftOut, chosen);
};

const without = (names: (keyof Hyperparameters)[], values: Hyperparameters): RecommendedHyperparameters => {
  const left = { ...values };
  for (const name of names) Reflect.deleteProperty(left, name);
  return left;
};

const batchFor = (examples: number): Partial<Hyperparameters> => {
  const { from: _, ...batch } = batchSizes.find(({ from }) => examples >= from) ?? { from: 0 };
  return batch;
};

/** Twice the mean leaves room for the longer ones; what is longer still is dealt with by `overLength`. */
const lengthFor = (meanTokens: number): number => {
  let length = defaultHyperparameters.maxLength;
  while (length < 2 * meanTokens && length < longestLength) length *= 2;
  return length;
};

/** The same as a method takes them: another rate and beta, and batches that it can use. */
export const forMethod = <
  Chosen extends Pick<Hyperparameters, "learningRate" | "batchSize" | "beta" | "fullFineTuning">,
>(
  chosen: Chosen,
  method: TrainingMethod = "sft",
): Chosen => {
  const batchSize = method === "kto" ? Math.max(smallestKtoBatch, chosen.batchSize) : chosen.batchSize;
  const beta = method === "grpo" ? rewardBeta : chosen.beta;
  return { ...chosen, learningRate: rateFor(chosen, method), batchSize, beta };
};

const rateFor = (
  { learningRate, fullFineTuning }: Pick<Hyperparameters, "learningRate" | "fullFineTuning">,
  method: TrainingMethod,
): number => {
  if (fullFineTuning) return method === "sft" ? fullRates.sft : fullRates.preferences;
  return method === "sft" ? learningRate : preferenceRate;
};
