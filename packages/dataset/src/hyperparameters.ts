import type { Reward } from "./rewards.ts";

/** What a run may be told; every field has a default, `epochs` by the number of examples. */
export type Hyperparameters = {
  rank: number;
  alpha: number;
  /** rsLoRA: the adapter counts by alpha / √rank instead of alpha / rank. */
  rankStabilized: boolean;
  /** DoRA: each output of a layer has a magnitude too; such a run trains in a process of its own. */
  dora: boolean;
  /** All weights of the base learn, and no adapter: {@link adapterOptions} mean nothing then. */
  fullFineTuning: boolean;
  dropout: number;
  targetModules: "all-linear" | string[];
  learningRate: number;
  schedule: "cosine" | "linear" | "constant";
  /** The part of all steps in which the rate rises from 0. */
  warmupRatio: number;
  weightDecay: number;
  maxGradNorm: number;
  /** Examples a micro-batch; an optimizer step takes `batchSize × gradientAccumulation`. */
  batchSize: number;
  gradientAccumulation: number;
  /** A batch counts sequences of `maxLength` tokens that are filled with whole examples; SFT only. */
  packing: boolean;
  /** Computes each layer twice to save memory; changes no result. */
  gradientCheckpointing: boolean;
  epochs: number;
  /** null: as many as the epochs need. */
  maxSteps: number | null;
  /** Tokens an example. */
  maxLength: number;
  overLength: "drop" | "truncate" | "raise";
  seed: number;
  /** How strongly preferences pull; DPO, KTO, GRPO: how closely the model is held to where it began. */
  beta: number;
  /** What KTO makes of good answers, and of bad ones. */
  desirableWeight: number;
  undesirableWeight: number;
  /** GRPO: how many completions are drawn of each prompt, of how many tokens at the most, and how. */
  numGenerations: number;
  maxCompletionTokens: number;
  temperature: number;
  topP: number;
  /** GRPO: what completions are worth. */
  rewards: Reward[];
};

/** What only an adapter has. */
export const adapterOptions = [
  "rank",
  "alpha",
  "rankStabilized",
  "dora",
  "dropout",
  "targetModules",
] as const;
export type AdapterOption = (typeof adapterOptions)[number];

/** All defaults but `epochs`, which {@link epochsFor} gives. */
export const defaultHyperparameters: Omit<Hyperparameters, "epochs"> = {
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
  // Persona data are short and few: small steps learn more from them than a full batch.
  batchSize: 2,
  gradientAccumulation: 1,
  packing: false,
  gradientCheckpointing: false,
  maxSteps: null,
  maxLength: 1024,
  overLength: "truncate",
  seed: 0,
  beta: 0.1,
  desirableWeight: 1,
  undesirableWeight: 1,
  // As in TRL's GRPOConfig.
  numGenerations: 8,
  maxCompletionTokens: 512,
  temperature: 1,
  topP: 1,
  rewards: [],
};

const usualEpochs = 3;
const fewestExamples = 100;
const mostExamples = 25_000;
const mostEpochs = 25;

/**
 * How often to go through the examples when nobody says: 3 times, more often when that is fewer
 * than 100 examples in all, less often when it is more than 25,000.
 */
export const epochsFor = (examples: number): number => {
  const seen = usualEpochs * examples;
  if (seen < fewestExamples) return Math.min(mostEpochs, Math.floor(fewestExamples / examples));
  if (seen > mostExamples) return Math.max(1, Math.floor(mostExamples / examples));
  return usualEpochs;
};
