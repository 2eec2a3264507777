import { getRun, sampleMetrics } from "@loraloom/store/runs";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { figuresShape } from "./figures-schema.ts";
import { runId } from "./run-schema.ts";

const mostPoints = 2_000;
const usualPoints = 500;
/** As high as the database counts. */
const lastStep = 2 ** 31 - 1;

const step = z.int().min(0).max(lastStep);
const untold = z.number().nullable().default(null);

const stepSchema = z.object({
  step: z.int(),
  at: z.date().nullable(),
  epoch: untold,
  loss: z.number(),
  learningRate: untold,
  /** Before clipping. */
  gradientNorm: untold,
  /** Learnt so far. */
  tokens: z.int(),
  tokensPerSecond: untold,
  ...figuresShape,
});

const evaluationSchema = z.object({
  /** How many steps had been taken. */
  step: z.int(),
  at: z.date().nullable(),
  loss: z.number(),
  accuracy: untold,
  perplexity: untold,
  /** Measured. */
  tokens: z.int(),
  ...figuresShape,
});

/**
 * A run's history, step by step and evaluation by evaluation, of the attempt that took each step last. Where there are
 * more than `points` of either they are thinned out evenly, the first and the last always among them; steps from
 * `fromStep` to `toStep` show a part of it in full.
 */
export const metrics = avatarProcedure("read", {
  runId,
  points: z.int().min(2).max(mostPoints).default(usualPoints),
  fromStep: step.default(0),
  toStep: step.default(lastStep),
})
  .output(z.object({ train: z.array(stepSchema), heldOut: z.array(evaluationSchema) }))
  .query(async ({ ctx, input }) => {
    const { fromStep: from, toStep: to, points } = input;
    const run = await getRun(ctx.store, ctx.avatar, input.runId);
    const found = await sampleMetrics(ctx.store, run.id, { from, to, points });
    return {
      train: found.filter(({ split }) => split === "train"),
      heldOut: found.filter(({ split }) => split === "held_out"),
    };
  });
