import { z } from "zod";
import { knownOptions } from "../schemas/known-options.ts";
import { text } from "../schemas/text.ts";
import { rewardsInput, rewardsSchema } from "./rewards.ts";

const layerName = text.min(1).max(200);
const int32 = 2 ** 31 - 1;

const shape = {
  rank: z.int().min(1).max(1024),
  alpha: z.number().positive().max(4096),
  /** rsLoRA: the adapter counts by alpha / √rank instead of alpha / rank. */
  rankStabilized: z.boolean(),
  /** DoRA: each output of a layer has a magnitude too. Such a run trains in a process of its own. */
  dora: z.boolean(),
  /** All weights of the base learn, and no adapter; such a run trains in a process of its own too. */
  fullFineTuning: z.boolean(),
  dropout: z.number().min(0).max(0.9),
  targetModules: z.union([z.literal("all-linear"), z.array(layerName).min(1).max(100)], {
    error: 'must be "all-linear" or a list of names of layers',
  }),
  learningRate: z.number().positive().max(1),
  schedule: z.enum(["cosine", "linear", "constant"]),
  /** The part of all steps in which the rate rises from 0. */
  warmupRatio: z.number().min(0).max(1),
  weightDecay: z.number().min(0).max(10),
  maxGradNorm: z.number().min(1e-9).max(1e6),
  /** Examples a micro-batch. */
  batchSize: z.int().min(1).max(1024),
  gradientAccumulation: z.int().min(1).max(1024),
  /** A batch counts sequences of `maxLength` tokens that are filled with whole examples. */
  packing: z.boolean(),
  /** Saves memory, takes longer, changes no result. */
  gradientCheckpointing: z.boolean(),
  epochs: z.int().min(1).max(1000),
  maxSteps: z.int().min(1).max(10_000_000).nullable(),
  /** Tokens an example. */
  maxLength: z.int().min(2).max(1_048_576),
  overLength: z.enum(["drop", "truncate", "raise"]),
  seed: z.int().min(0).max(int32),
  /** How strongly preferences pull: DPO, ORPO, KTO; GRPO: how closely it is held to where it began. */
  beta: z.number().min(0).max(100),
  /** What KTO makes of good answers, and of bad ones. */
  desirableWeight: z.number().min(0).max(100),
  undesirableWeight: z.number().min(0).max(100),
  /** GRPO: completions of each prompt in a step. */
  numGenerations: z.int().min(2).max(256),
  maxCompletionTokens: z.int().min(1).max(65_536),
  temperature: z.number().min(0.01).max(10),
  topP: z.number().min(0.001).max(1),
  /** GRPO: what completions are worth; for the other methods there are none. */
  rewards: rewardsInput,
};

/** Null where a run has none of them: the option belongs to another method, or to an adapter where all weights learn. */
const absent = {
  epochs: shape.epochs.nullable(),
  rank: shape.rank.nullable(),
  alpha: shape.alpha.nullable(),
  targetModules: shape.targetModules.nullable(),
  beta: shape.beta.nullable(),
  desirableWeight: shape.desirableWeight.nullable(),
  undesirableWeight: shape.undesirableWeight.nullable(),
  numGenerations: shape.numGenerations.nullable(),
  maxCompletionTokens: shape.maxCompletionTokens.nullable(),
  temperature: shape.temperature.nullable(),
  topP: shape.topP.nullable(),
};

type Given<Options> = { [Name in keyof Options]: Exclude<Options[Name], null> };

/** What a run tells can be given to the next one as it is: null is as good as left out. */
export const withoutNulls = <Options extends object>(options: Options): Given<Options> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as Given<Options>;

/** What a caller may choose; each left out has a default. */
export const hyperparametersInput = knownOptions({ ...shape, ...absent, rewards: rewardsInput.nullable() })
  .partial()
  .transform(withoutNulls);

/** What a run was started with. `epochs` null: chosen from the number of examples. */
export const hyperparametersSchema = z.object({ ...shape, ...absent, rewards: rewardsSchema.nullable() });

/** What train.start can be given for an amount of data: without the options that mean nothing to the run. */
export const recommendedSchema = z.object(shape).omit({ rewards: true }).partial({
  rank: true,
  alpha: true,
  rankStabilized: true,
  dora: true,
  dropout: true,
  targetModules: true,
  beta: true,
  desirableWeight: true,
  undesirableWeight: true,
  numGenerations: true,
  maxCompletionTokens: true,
  temperature: true,
  topP: true,
});

export type HyperparametersInput = z.output<typeof hyperparametersInput>;
