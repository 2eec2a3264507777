import { z } from "zod";
import { knownOptions } from "../schemas/known-options.ts";

const int32 = 2 ** 31 - 1;

/** Measured on the evaluation files, on nothing, or on a part of the training rows that is then not trained. */
export const evaluationSchema = z.union(
  [
    z.enum(["files", "none"]),
    knownOptions({
      /** The part of the rows, above 0 and below 1. */
      split: z.number().min(0.001).max(0.9),
      seed: z.int().min(0).max(int32).default(0),
    }),
  ],
  { error: 'must be "files", "none", or an object such as {"split": 0.1, "seed": 0}' },
);

/** When those rows are measured beside before and after training. */
export const evaluationStrategySchema = z.enum(["no", "steps", "epoch"]);

/** With `evaluationStrategy: "steps"`: how many lie between two evaluations. */
export const evaluationStepsSchema = z.int().min(1).max(10_000_000);

/** Ends a run once its held-out loss no longer falls; the version is that of the best evaluation. */
export const earlyStoppingSchema = knownOptions({
  /** Evaluations in a row that are no progress. */
  patience: z.int().min(1).max(1_000),
  /** What the loss has to fall by to be progress, in nats a token. */
  minDelta: z.number().min(0).max(100).default(0),
});

export type EvaluationInput = z.output<typeof evaluationSchema>;
