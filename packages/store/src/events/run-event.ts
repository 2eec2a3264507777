import { z } from "zod";
import { preferenceFiguresSchema, rewardFiguresSchema } from "../tables/index.ts";

const count = z.int().nonnegative();

const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({ seq: z.int().positive(), at: z.date(), attempt: count, type: z.literal(type), data });

const metrics = z.strictObject({
  steps: count,
  tokens: count,
  seconds: z.number().nonnegative(),
  finalLoss: z.number(),
  heldOutBefore: z.number().nullable(),
  heldOutAfter: z.number().nullable(),
  stoppedEarly: z.boolean().optional(),
  bestStep: count.nullish(),
});

const progress = z.strictObject({
  step: count,
  steps: count,
  epoch: z.number().nonnegative(),
  loss: z.number(),
  learningRate: z.number().nonnegative(),
  gradientNorm: z.number().nonnegative().optional(),
  tokens: count,
  tokensPerSecond: z.number().nonnegative(),
  etaSeconds: z.number().nonnegative(),
  preferences: preferenceFiguresSchema.nullish(),
  rewards: rewardFiguresSchema.nullish(),
});

/**
 * Accuracy and perplexity are of next tokens; null for preferences. GRPO's reward is a mean, its loss the negative.
 * Older events hold phase and loss only.
 */
const evaluated = z.strictObject({
  phase: z.enum(["before", "during", "after"]),
  step: count.default(0),
  loss: z.number(),
  accuracy: z.number().min(0).max(1).nullable().default(null),
  perplexity: z.number().min(1).nullable().default(null),
  reward: z.number().nullable().default(null),
  preferences: preferenceFiguresSchema.nullable().default(null),
  rewards: rewardFiguresSchema.nullable().default(null),
});

const told = z.strictObject({ code: z.string(), message: z.string(), remedy: z.string() });
/** `versionId`: what was kept; `notKept`: why nothing was, where that was asked for. Older events hold the reason only. */
const cancelled = z.strictObject({
  reason: z.enum(["requested", "adapter_deleted"]),
  versionId: z.string().nullable().default(null),
  notKept: told.nullable().default(null),
});

/**
 * What happened to a run, in order. `seq` counts from 1 without a gap; `at` is the database's clock.
 * Numbers are finite; losses are means in nats a token.
 */
export const runEventSchema = z.discriminatedUnion("type", [
  event("run-queued", z.strictObject({})),
  event("run-claimed", z.strictObject({ attempt: count, workerId: z.string() })),
  event("rows-frozen", z.strictObject({ examples: count, evaluationExamples: count, tokens: count })),
  event("run-started", z.strictObject({ steps: count, resumedFromStep: count })),
  event("progress", progress),
  event("evaluated", evaluated),
  event("checkpointed", z.strictObject({ step: count })),
  event("run-exporting", z.strictObject({})),
  event(
    "run-completed",
    z.strictObject({ versionId: z.string(), metrics, published: z.enum(["current", "candidate"]) }),
  ),
  event("run-failed", told),
  event("run-cancelled", cancelled),
  event(
    "run-requeued",
    z.strictObject({ reason: z.enum(["lease_lost", "system_fault", "handed_back", "limit_reached"]) }),
  ),
]);

export type RunEvent = z.infer<typeof runEventSchema>;

/** An event before it has its number. */
export type NewRunEvent = RunEvent extends infer E
  ? E extends RunEvent
    ? Pick<E, "type" | "data">
    : never
  : never;

/** The database numbers and dates an event; the rest is checked with these in their place. */
const unnumbered = { seq: 1, at: new Date(0), attempt: 0 };

/** @throws ZodError when the event is not one of {@link runEventSchema} */
export const parseNewEvent = (event: NewRunEvent): NewRunEvent => {
  const { type, data } = runEventSchema.parse({ ...unnumbered, ...event });
  return { type, data } as NewRunEvent;
};

/** Whether nothing follows this event. */
export const isTerminalEvent = (event: Pick<RunEvent, "type">): boolean =>
  event.type === "run-completed" || event.type === "run-failed" || event.type === "run-cancelled";
