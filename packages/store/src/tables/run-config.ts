import { z } from "zod";

const weight = z.number();
const rewardSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("exact_match"), weight, ignoreCase: z.boolean(), trim: z.boolean() }),
  z.object({ type: z.literal("regex"), weight, pattern: z.string() }),
  z.object({ type: z.literal("json_schema"), weight, schema: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal("length"),
    weight,
    unit: z.enum(["tokens", "characters"]),
    min: z.int().positive().nullable(),
    max: z.int().positive().nullable(),
  }),
]);

/**
 * All that a run's result depends on beside its rows; never changed after the start. A field that may be
 * left out came later: older runs have its default.
 */
export const runConfigSchema = z.object({
  method: z.enum(["sft", "dpo", "orpo", "kto", "grpo"]),
  /** How strongly preferences pull, and what KTO makes of good and of bad answers. */
  beta: z.number().nonnegative().optional(),
  desirableWeight: z.number().nonnegative().optional(),
  undesirableWeight: z.number().nonnegative().optional(),
  /** GRPO: how completions are drawn, and what they are worth. */
  numGenerations: z.int().min(2).optional(),
  maxCompletionTokens: z.int().positive().optional(),
  temperature: z.number().positive().optional(),
  topP: z.number().positive().max(1).optional(),
  rewards: z.array(rewardSchema).optional(),
  /** What an adapter has; left out where all weights learn. */
  rank: z.int().positive().optional(),
  alpha: z.number().positive().optional(),
  /** rsLoRA. */
  rankStabilized: z.boolean().optional(),
  /** Magnitudes beside A and B. */
  dora: z.boolean().optional(),
  /** All weights of the base learn. */
  fullFineTuning: z.boolean().optional(),
  dropout: z.number().min(0).max(1),
  targetModules: z.union([z.literal("all-linear"), z.array(z.string()).min(1)]).optional(),
  learningRate: z.number().nonnegative(),
  schedule: z.enum(["cosine", "linear", "constant"]),
  /** Share of all steps, 0 to 1. */
  warmupRatio: z.number().min(0).max(1),
  weightDecay: z.number().nonnegative(),
  maxGradNorm: z.number().positive(),
  batchSize: z.int().positive(),
  gradientAccumulation: z.int().positive(),
  packing: z.boolean().optional(),
  gradientCheckpointing: z.boolean().optional(),
  /** null: chosen from the number of examples when the rows are frozen. */
  epochs: z.int().positive().nullable(),
  maxSteps: z.int().positive().nullable(),
  /** Tokens. */
  maxLength: z.int().positive(),
  overLength: z.enum(["drop", "truncate", "raise"]),
  seed: z.int().nonnegative(),
  skipInvalidRows: z.boolean(),
  /** Whose replies are learnt from dialogs; left out or null: the speaker that each dialog names itself. */
  speaker: z.string().min(1).nullable().optional(),
  evaluation: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("none") }),
    z.object({ kind: z.literal("files") }),
    z.object({ kind: z.literal("split"), share: z.number(), seed: z.int() }),
  ]),
  /** When the held-out rows are measured beside before and after training. */
  evaluationStrategy: z.enum(["no", "steps", "epoch"]).optional(),
  /** Steps between two evaluations; null with another strategy. */
  evaluationSteps: z.int().positive().nullable().optional(),
  /** Evaluations in a row that may lower the loss by no more than `minDelta`; null: all steps are taken. */
  earlyStopping: z
    .object({ patience: z.int().positive(), minDelta: z.number().nonnegative() })
    .nullable()
    .optional(),
  publish: z.enum(["current", "candidate"]),
  /** The version of this user whose weights the run begins with; left out or null: new ones. */
  startFrom: z.object({ avatarId: z.string(), version: z.string() }).nullable().optional(),
});

export type RunConfig = z.infer<typeof runConfigSchema>;
export type PublishMode = RunConfig["publish"];
