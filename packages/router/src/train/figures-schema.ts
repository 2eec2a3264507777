import { z } from "zod";

/**
 * Of preferences: mean rewards of answers, as the weights imply them: `beta` times what the adapter has added to an
 * answer's log-probability in nats; ORPO's are of the log-probability a token.
 */
export const preferenceFiguresSchema = z.object({
  /** Of the better, or good, answers; null in a step of KTO that has none. */
  chosen: z.number().nullable(),
  /** Of the worse, or bad, answers. */
  rejected: z.number().nullable(),
  /** How far `chosen` is above `rejected`. */
  margin: z.number().nullable(),
  /** The share of pairs whose better answer has the higher reward; null for KTO, which has no pairs. */
  accuracy: z.number().nullable(),
  /** KTO: the baseline that answers are measured over; else null. */
  kl: z.number().nullable(),
});

/** GRPO, of completions. What steps of older versions don't tell is empty or null. */
export const rewardFiguresSchema = z.object({
  /** Of the completions' rewards, and their standard deviation. */
  mean: z.number(),
  std: z.number(),
  /** What each declared reward adds to the mean, in their order. */
  each: z.array(z.number()).default([]),
  /** Their mean length in tokens, and those of the shortest and the longest. */
  completionTokens: z.number(),
  shortest: z.int().nullable().default(null),
  longest: z.int().nullable().default(null),
  /** The share that did not end by itself. */
  cutOff: z.number().nullable().default(null),
  /** The share of groups whose completions are all worth the same, so that they taught nothing; null on held-out rows. */
  alike: z.number().nullable().default(null),
  /** How far a token is from the starting state, in nats; null where `beta` is 0, and on held-out rows. */
  kl: z.number().nullable().default(null),
});

/** What the run's method tells beside the loss. */
export const figuresShape = {
  preferences: preferenceFiguresSchema.nullable().default(null),
  rewards: rewardFiguresSchema.nullable().default(null),
};
