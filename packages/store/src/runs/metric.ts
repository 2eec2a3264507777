import { z } from "zod";
import { type MetricFigures, metricFiguresSchema, type runMetrics } from "../tables/index.ts";

/**
 * What is known of a step, or of an evaluation after it. Steps that were recorded before there were more figures have
 * their loss, learning rate and tokens alone.
 */
export const metricSchema = metricFiguresSchema.extend({
  split: z.enum(["train", "held_out"]),
  step: z.int().nonnegative(),
  /** When it was recorded. */
  at: z.coerce.date().nullable().default(null),
  epoch: z.number().nonnegative().nullable().default(null),
  loss: z.number(),
  learningRate: z.number().nullable(),
  gradientNorm: z.number().nonnegative().nullable().default(null),
  tokens: z.int().nonnegative(),
  tokensPerSecond: z.number().nonnegative().nullable().default(null),
});
export type Metric = z.infer<typeof metricSchema>;

type MetricRow = Omit<typeof runMetrics.$inferSelect, "runId" | "attempt">;
type Recorded = Pick<Metric, "split" | "step" | "loss" | "tokens"> & {
  [Name in keyof Metric]?: Metric[Name] | null;
};

/** As it is stored. */
export const toMetricRow = (metric: Recorded): MetricRow => ({
  split: metric.split,
  step: metric.step,
  at: metric.at ?? null,
  epoch: metric.epoch ?? null,
  loss: metric.loss,
  learningRate: metric.learningRate ?? null,
  gradientNorm: metric.gradientNorm ?? null,
  tokens: metric.tokens,
  tokensPerSecond: metric.tokensPerSecond ?? null,
  figures: figuresOf(metric),
});

const figuresOf = ({ accuracy, perplexity, preferences, rewards }: Recorded): MetricFigures | null => {
  const figures: MetricFigures = {
    ...(typeof accuracy === "number" && { accuracy }),
    ...(typeof perplexity === "number" && { perplexity }),
    ...(preferences && { preferences }),
    ...(rewards && { rewards }),
  };
  return Object.keys(figures).length > 0 ? figures : null;
};

export const fromMetricRow = ({ figures, ...columns }: MetricRow): Metric => ({ ...columns, ...figures });
