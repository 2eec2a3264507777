import { z } from "zod";
import { text } from "../schemas/text.ts";
import { runUsageSchema } from "../usage/usage-schemas.ts";
import {
  earlyStoppingSchema,
  evaluationSchema,
  evaluationStepsSchema,
  evaluationStrategySchema,
} from "./evaluation.ts";
import { figuresShape } from "./figures-schema.ts";
import { hyperparametersSchema } from "./hyperparameters.ts";
import { phaseSchema } from "./phase.ts";
import { methodSchema } from "./run-options.ts";
import { waitingSchema } from "./waiting.ts";

const loss = z.number().nullable();

export const progressSchema = z.object({
  step: z.int(),
  steps: z.int(),
  epoch: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  /** Before clipping; null: a run of an older version. */
  gradientNorm: z.number().nullable().default(null),
  tokens: z.int(),
  tokensPerSecond: z.number(),
  etaSeconds: z.number(),
  ...figuresShape,
});

/** What a run was told, with every default filled in. */
export const runConfigSchema = z.object({
  method: methodSchema,
  /** Whose replies are learnt from dialogs; null: the speaker that each dialog names itself. */
  speaker: z.string().nullable(),
  hyperparameters: hyperparametersSchema,
  evaluation: evaluationSchema,
  evaluationStrategy: evaluationStrategySchema,
  evaluationSteps: evaluationStepsSchema.nullable(),
  earlyStopping: earlyStoppingSchema.nullable(),
  publish: z.enum(["current", "candidate"]),
  skipInvalidRows: z.boolean(),
  /** The version whose weights it began with; null: new ones. */
  startFrom: z.object({ avatarId: z.string(), version: z.string() }).nullable(),
});

/**
 * A run as callers see it. Losses are means: of SFT in nats a token, of preferences over the pairs or judged answers;
 * held-out losses of GRPO are negative mean rewards.
 */
export const runSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  tags: z.array(z.string()),
  /** The run whose frozen rows it was given a copy of. */
  rerunOf: z.string().nullable(),
  userId: z.string(),
  avatarId: z.string(),
  status: z.enum(["queued", "preparing", "training", "exporting", "completed", "failed", "cancelled"]),
  /** Where it stands within its status; null once it has ended. */
  phase: phaseSchema.nullable(),
  /** Asked to end; its worker does so within a step. */
  cancelRequested: z.boolean(),
  /** Whether it then leaves a version of what it has learnt. */
  cancelKeeps: z.boolean(),
  /** How often a worker took it; 0 before the first time. */
  attempt: z.int(),
  /** Attempts in a row that ended without a new checkpoint; the third one ends the run. */
  failures: z.int(),
  /** Who has it, and until when he is taken to be alive; null while nobody has. */
  lease: z.object({ workerId: z.string(), expiresAt: z.date() }).nullable(),
  baseModel: z.string(),
  engineKey: z.string(),
  config: runConfigSchema,
  /** The newest; null before the first step. */
  progress: progressSchema.nullable(),
  heldOutBefore: loss,
  heldOutAfter: loss,
  /** The version it made, once it has ended. */
  versionId: z.string().nullable(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      remedy: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable(),
  /** What was billed so far, see the docs on limits. */
  usage: runUsageSchema,
  /** 1: next; null once it doesn't wait. */
  queuePosition: z.int().nullable(),
  /** Why it waits; null once it doesn't. */
  waiting: waitingSchema.nullable(),
  /** Rows to train on; null until a worker has frozen them. */
  examples: z.int().nullable(),
  evaluationExamples: z.int().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

export const runId = text.min(1).max(64);
