import { z } from "zod";

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

/**
 * Preferences: mean rewards of good and of bad answers, as the weights imply them. null: none in this step, or
 * not of this method.
 */
export const preferenceFiguresSchema = z.strictObject({
  chosen: z.number().nullable(),
  rejected: z.number().nullable(),
  margin: z.number().nullable(),
  /** Of pairs, in which the good answer is ahead. */
  accuracy: share.nullable(),
  /** KTO: the baseline that answers are measured over. */
  kl: z.number().nullable(),
});
export type PreferenceFigures = z.infer<typeof preferenceFiguresSchema>;

/** GRPO: of completions. What may be left out came later: older steps don't tell it. */
export const rewardFiguresSchema = z.strictObject({
  mean: z.number(),
  std: z.number().nonnegative(),
  /** What each declared reward adds to the mean, in their order. */
  each: z.array(z.number()).optional(),
  /** Their mean length; those of the shortest and the longest. */
  completionTokens: z.number().nonnegative(),
  shortest: count.optional(),
  longest: count.optional(),
  cutOff: share.optional(),
  /** Of groups, whose completions are all worth the same. */
  alike: share.nullish(),
  /** How far a token is from the starting state, where the run is held to it. */
  kl: z.number().nullish(),
});
export type RewardFigures = z.infer<typeof rewardFiguresSchema>;

/** What only some methods or evaluations tell. */
export const metricFiguresSchema = z.object({
  accuracy: share.optional(),
  perplexity: z.number().min(1).optional(),
  preferences: preferenceFiguresSchema.optional(),
  rewards: rewardFiguresSchema.optional(),
});
export type MetricFigures = z.infer<typeof metricFiguresSchema>;
