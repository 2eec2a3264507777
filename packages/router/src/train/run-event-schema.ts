import { z } from "zod";
import { figuresShape } from "./figures-schema.ts";
import { progressSchema } from "./run-schema.ts";

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({
    /** From 1 without a gap. */
    seq: z.int(),
    at: z.date(),
    attempt: z.int(),
    type: z.literal(type),
    data: z.object(shape),
  });

const metrics = z.object({
  steps: z.int(),
  tokens: z.int(),
  seconds: z.number(),
  finalLoss: z.number(),
  heldOutBefore: z.number().nullable(),
  heldOutAfter: z.number().nullable(),
  stoppedEarly: z.boolean().default(false),
  /** With early stopping the step whose weights these are; its loss is `heldOutAfter`. */
  bestStep: z.int().nullable().default(null),
});

const told = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

/** One event of a run as watchers see it; losses are those of the run. */
export const runEventSchema = z.discriminatedUnion("type", [
  event("run-queued", {}),
  event("run-claimed", { attempt: z.int(), workerId: z.string() }),
  event("rows-frozen", { examples: z.int(), evaluationExamples: z.int(), tokens: z.int() }),
  event("run-started", { steps: z.int(), resumedFromStep: z.int() }),
  event("progress", progressSchema.shape),
  event("evaluated", {
    phase: z.enum(["before", "during", "after"]),
    /** Of the measured weights; with early stopping `after` tells of the best. */
    step: z.int(),
    loss: z.number(),
    /** The share of next tokens that were the likeliest, and exp(loss); null for preferences. */
    accuracy: z.number().nullable(),
    perplexity: z.number().nullable(),
    /** GRPO: the mean reward of held-out prompts' likeliest completions; the loss is its negative. */
    reward: z.number().nullable().default(null),
    ...figuresShape,
  }),
  event("checkpointed", { step: z.int() }),
  event("run-exporting", {}),
  event("run-completed", { versionId: z.string(), metrics, published: z.enum(["current", "candidate"]) }),
  event("run-failed", told.shape),
  event("run-cancelled", {
    reason: z.enum(["requested", "adapter_deleted"]),
    /** The candidate that was kept. */
    versionId: z.string().nullable().default(null),
    /** Why nothing was kept, where that was asked for. */
    notKept: told.nullable().default(null),
  }),
  event("run-requeued", { reason: z.enum(["lease_lost", "system_fault", "handed_back", "limit_reached"]) }),
]);

export type ApiRunEvent = z.output<typeof runEventSchema>;
