import { z } from "zod";

const text = z.string().min(1);
const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const share = z.number().min(0).max(1);
const dtype = z.enum(["float32", "bfloat16"]);
const mark = { seq: z.int().positive(), at: seconds };

/**
 * `seq` counts the lines of one engine process from 1; `at` is when it told the line, in seconds of its own monotonic
 * clock since it began, by which its work is billed; `id` names the request that is answered.
 */
const answer = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), ...mark, id: text, ...shape });

const readySchema = answer("ready", {
  protocol: z.literal(1),
  engine_version: text,
  device: text,
  device_name: text,
  torch_version: text,
  threads: z.int().positive(),
  total_memory_bytes: count,
  free_memory_bytes: count,
});
const baseLoadedSchema = answer("base_loaded", {
  model_id: text,
  revision: text,
  dtype,
  quantization: z.enum(["none", "4bit", "8bit"]),
  vocab_size: count,
  parameters: count,
  context_length: count,
  pass_tokens: count,
  linear_modules: z.array(z.string()),
  seconds,
});
/** Rewards that weights imply for answers; null where a method or a step has none of them. */
const preferences = z
  .strictObject({
    chosen: z.number().nullable(),
    rejected: z.number().nullable(),
    margin: z.number().nullable(),
    accuracy: share.nullable(),
    kl: z.number().nullable(),
  })
  .nullable();
/** GRPO, of completions; `each`: what each declared reward adds to the mean. */
const rewards = z
  .strictObject({
    mean: z.number(),
    std: z.number().nonnegative(),
    each: z.array(z.number()),
    completion_tokens: z.number().nonnegative(),
    shortest: count,
    longest: count,
    cut_off: share,
    // Of a step alone.
    alike: share.nullable(),
    kl: z.number().nullable(),
  })
  .nullable();

const evaluatedSchema = answer("evaluated", {
  run_id: text.nullable(),
  split: z.enum(["held_out", "request"]),
  phase: z.enum(["before", "during", "after"]).nullable(),
  step: count.nullable(),
  loss: z.number(),
  accuracy: share.nullable(),
  perplexity: z.number().min(1).nullable(),
  // GRPO's, of which the loss is the negative.
  reward: z.number().nullable(),
  tokens: count,
  preferences,
  rewards,
});
const sampledSchema = answer("sampled", {
  text: z.string(),
  finish_reason: z.enum(["stop", "length", "cancelled"]),
  prompt_tokens: count,
  completion_tokens: count,
  seconds,
  // Of the run that answered; null where no run was asked.
  step: count.nullable(),
});
const runFinishedSchema = answer("run_finished", {
  run_id: text,
  path: text,
  steps: count,
  tokens: count,
  seconds,
  final_loss: z.number(),
  held_out_before: z.number().nullable(),
  held_out_after: z.number().nullable(),
  stopped_early: z.boolean(),
  best_step: count.nullable(),
  peak_memory_bytes: count,
});
const skippedRow = z.strictObject({ name: z.string(), line: count, code: text, message: z.string() });

const emptyResultSchema = answer("result", {});
const tokenizeResultSchema = answer("result", {
  rows: count,
  examples: count,
  tokens_total: count,
  tokens_trained: count,
  longest: count,
  longest_prompt: count,
  by_length: z.array(z.tuple([z.int().positive(), z.int().positive()])),
  dropped: count,
  truncated: count,
  trimmed: count,
  skipped_count: count,
  // The first of them.
  skipped: z.array(skippedRow),
});
const loadAdapterResultSchema = answer("result", { parameters: count });
const estimateResultSchema = answer("result", {
  steps: count,
  epochs: z.int().positive(),
  seconds: seconds.nullable(),
  memory_bytes: count,
  free_memory_bytes: count,
  fits: z.boolean(),
});
const verifyResultSchema = answer("result", { parameters: count, tensors: count });

const alternative = z.strictObject({ token_id: count, text: z.string(), logprob: z.number() });
/** Nats, of the model's own distribution; `top`: the likeliest tokens at its place, the likeliest first. */
const tokenLogprob = alternative.extend({ top: z.array(alternative) });

const plainEvents = z.discriminatedUnion("type", [
  readySchema,
  baseLoadedSchema,
  answer("run_started", {
    run_id: text,
    examples: count,
    evaluation_examples: count,
    trained_tokens_per_epoch: count,
    steps: count,
    resumed_from_step: count,
  }),
  answer("progress", {
    run_id: text,
    step: count,
    steps: count,
    epoch: z.number().nonnegative(),
    loss: z.number(),
    learning_rate: z.number(),
    gradient_norm: z.number(),
    tokens: count,
    tokens_per_second: z.number().nonnegative(),
    eta_seconds: seconds,
    preferences,
    rewards,
  }),
  evaluatedSchema,
  answer("run_checkpointed", { run_id: text, step: count, path: text }),
  runFinishedSchema,
  answer("run_failed", {
    run_id: text,
    code: text,
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
  answer("run_cancelled", { run_id: text, step: count, checkpoint_path: text.nullable() }),
  answer("token", { text: z.string(), index: count, logprobs: z.array(tokenLogprob).nullable() }),
  sampledSchema,
  // A line that could not be read has no id that could be answered.
  answer("error", {
    id: text.optional(),
    code: text,
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    type: z.literal("log"),
    ...mark,
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
  }),
]);

/** What an engine writes, one JSON line each. */
export const engineEventSchema = z.union([
  plainEvents,
  tokenizeResultSchema,
  estimateResultSchema,
  verifyResultSchema,
  loadAdapterResultSchema,
  emptyResultSchema,
]);

export type EngineEvent = z.infer<typeof engineEventSchema>;
export type EngineEventOf<Type extends EngineEvent["type"]> = Extract<EngineEvent, { type: Type }>;

/** The one event that answers each request which is not a stream. */
export const answerSchemas = {
  hello: readySchema,
  load_base: baseLoadedSchema,
  unload_base: emptyResultSchema,
  tokenize: tokenizeResultSchema,
  cancel_run: emptyResultSchema,
  finish_run: emptyResultSchema,
  load_adapter: loadAdapterResultSchema,
  unload_adapter: emptyResultSchema,
  cancel_sample: emptyResultSchema,
  estimate: estimateResultSchema,
  evaluate: evaluatedSchema,
  verify_adapter: verifyResultSchema,
  verify_model: verifyResultSchema,
  shutdown: emptyResultSchema,
};

export type SingleAnswer = keyof typeof answerSchemas;
export type AnswerOf<Type extends SingleAnswer> = z.infer<(typeof answerSchemas)[Type]>;

const lastEvents = new Set<EngineEvent["type"]>([
  "ready",
  "base_loaded",
  "result",
  "error",
  "run_finished",
  "run_failed",
  "run_cancelled",
  "sampled",
]);

/** Whether nothing more follows for this event's request. A run's own evaluations are in its middle. */
export const isLastEvent = (event: EngineEvent): boolean =>
  lastEvents.has(event.type) || (event.type === "evaluated" && event.split === "request");
