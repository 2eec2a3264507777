import { errorCodes } from "@loraloom/errors";
import { z } from "zod";
import { runConfigSchema } from "../tables/run-config.ts";
import { preferenceFiguresSchema } from "../tables/run-figures.ts";

/**
 * What passes between a host and a worker's gateway: one POST each, with the bearer token, answered by
 * lines of JSON of which the last is a `result`, a `done` or an `error`.
 */
const version = z.strictObject({ userId: z.string(), avatarId: z.string(), versionId: z.string() });
/** A run that trains on the worker that is asked. */
const run = z.strictObject({ userId: z.string(), avatarId: z.string(), runId: z.string() });
/** Canonical rows; their schema belongs to the dataset package, and who reads them parses them with it. */
const rows = z.array(z.record(z.string(), z.unknown())).min(1);

/** The engine that is meant: a worker that holds another one by now refuses. Left out: whichever it holds. */
const toEngine = { engineKey: z.string().optional() };

const sampleRequestSchema = z.strictObject({
  ...toEngine,
  messages: z
    .array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1),
  /** Who answers: a version, or a run at its newest step; null: the base model alone. */
  adapter: z.union([version, run]).nullable(),
  maxTokens: z.int().positive(),
  /** 0: always the likeliest token. */
  temperature: z.number().nonnegative(),
  topK: z.int().positive().nullable().default(null),
  topP: z.number().positive().max(1),
  minP: z.number().min(0).max(1).default(0),
  repetitionPenalty: z.number().min(0.01).max(10).default(1),
  seed: z.int().nonnegative().nullable(),
  stop: z.array(z.string().min(1)),
  /** So many alternatives are told with each token; null: no log-probability at all. */
  logprobs: z.int().min(0).max(20).nullable().default(null),
});

const evaluateRequestSchema = z.strictObject({
  ...toEngine,
  rows,
  /** How they are measured; left out: as by SFT. Preferences are measured against the base model alone. */
  measure: runConfigSchema
    .pick({ beta: true, desirableWeight: true, undesirableWeight: true })
    // GRPO measures completions, which rows don't hold.
    .extend({ method: runConfigSchema.shape.method.exclude(["grpo"]) })
    .optional(),
  /** null: the base model alone. */
  adapter: version.nullable(),
  /** `base`: as the worker holds it; `float32`: a temporary copy of the base in full precision. */
  dtype: z.enum(["base", "float32"]),
  logits: z.boolean(),
});

const countTokensRequestSchema = z.strictObject({
  ...toEngine,
  /** The object that holds the file, only as it was with this ETag. */
  file: z.strictObject({ name: z.string().min(1), key: z.string().min(1), etag: z.string().min(1) }),
  /** How a run would read it. */
  reading: runConfigSchema.pick({
    method: true,
    maxLength: true,
    overLength: true,
    speaker: true,
    skipInvalidRows: true,
  }),
});

/** How many examples have so many tokens, the shortest first. */
const lengthCounts = z.array(z.tuple([z.int().positive(), z.int().positive()]));

const lengthsSchema = z.strictObject({
  examples: z.int().positive(),
  /** Tokens of all examples together. */
  total: z.int().positive(),
  /** Tokens of the longest one. */
  longest: z.int().positive(),
  /** Tokens before the first that is learnt, the most that any has; asked of GRPO, which completes them. */
  longestPrompt: z.int().nonnegative().optional(),
  /** What packing is estimated from. */
  byLength: lengthCounts.optional(),
});

const estimateRequestSchema = z.strictObject({
  ...toEngine,
  training: lengthsSchema,
  /** Of the rows held out; null without them. */
  evaluation: lengthsSchema.nullable(),
  config: runConfigSchema,
});

const errorSchema = z.strictObject({
  type: z.literal("error"),
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    remedy: z.string(),
    retryable: z.boolean(),
    fault: z.enum(["user", "system"]),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

const count = z.int().nonnegative();

const alternative = z.strictObject({ tokenId: count, text: z.string(), logprob: z.number() });
/** Nats, of the model's own distribution; `top`: the likeliest tokens at its place, the likeliest first. */
const tokenLogprob = alternative.extend({ top: z.array(alternative) });

const sampleLineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("token"),
    text: z.string(),
    /** Of the tokens that the text came from, where asked for. */
    logprobs: z.array(tokenLogprob).optional(),
  }),
  z.strictObject({
    type: z.literal("done"),
    finishReason: z.enum(["stop", "length", "cancelled"]),
    promptTokens: count,
    completionTokens: count,
    seconds: z.number().nonnegative(),
    /** That of the run whose weights answered; null where no run was asked. */
    step: count.nullable(),
  }),
  errorSchema,
]);

const evaluateLineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("result"),
    /** Mean over trained tokens, in nats; of preferences over pairs or judged answers. */
    loss: z.number(),
    /** The share of next tokens that were the likeliest, and exp(loss); null for preferences. */
    accuracy: z.number().nullable(),
    perplexity: z.number().nullable(),
    tokens: count,
    /** What the weights make of the answers, beside the base's; null for SFT. */
    preferences: preferenceFiguresSchema.nullable(),
    /** For each row the logits at its last position: float32, little-endian, in base64. */
    logits: z.array(z.base64()).nullable(),
    vocabSize: count,
  }),
  errorSchema,
]);

/** Says that the worker is still at it, so that nobody takes it for dead. */
const progressSchema = z.strictObject({ type: z.literal("progress") });

const countTokensLineSchema = z.discriminatedUnion("type", [
  progressSchema,
  z.strictObject({
    type: z.literal("result"),
    /** Rows that the method uses, and those that it has no use for. */
    rows: count,
    unusedByMethod: count,
    examples: count,
    /** Tokens of all examples, of those that are learnt, of the longest one, and of the longest prompt. */
    total: count,
    trained: count,
    longest: count,
    longestPrompt: count,
    byLength: lengthCounts,
    /** Examples and rows too long, and what happens to them. */
    overLength: count,
    dropped: count,
    truncated: count,
    trimmed: count,
    skippedCount: count,
    /** The first of the rows and examples that are not learnt. */
    skipped: z.array(
      z.strictObject({ name: z.string(), line: count, code: z.string(), message: z.string() }),
    ),
  }),
  errorSchema,
]);

const estimateLineSchema = z.discriminatedUnion("type", [
  progressSchema,
  z.strictObject({
    type: z.literal("result"),
    steps: count,
    epochs: z.int().positive(),
    /** From the claim to the published version; null where it does not fit into memory. */
    seconds: z.number().nonnegative().nullable(),
    memoryBytes: count,
    freeMemoryBytes: count,
    fits: z.boolean(),
  }),
  errorSchema,
]);

/** Each route of the gateway: what is posted there and what one line of its answer is. */
export const gatewayMessages = {
  "/sample": { request: sampleRequestSchema, line: sampleLineSchema },
  "/evaluate": { request: evaluateRequestSchema, line: evaluateLineSchema },
  "/count-tokens": { request: countTokensRequestSchema, line: countTokensLineSchema },
  "/estimate": { request: estimateRequestSchema, line: estimateLineSchema },
};

export type SampleRequest = z.infer<typeof sampleRequestSchema>;
export type SampleLine = z.infer<typeof sampleLineSchema>;
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>;
export type EvaluateLine = z.infer<typeof evaluateLineSchema>;
export type CountTokensRequest = z.infer<typeof countTokensRequestSchema>;
export type CountTokensLine = z.infer<typeof countTokensLineSchema>;
export type EstimateRequest = z.infer<typeof estimateRequestSchema>;
export type EstimateLine = z.infer<typeof estimateLineSchema>;

export type GatewayRoute = keyof typeof gatewayMessages;
export type GatewayRequest<Route extends GatewayRoute> = z.infer<(typeof gatewayMessages)[Route]["request"]>;
export type GatewayLine<Route extends GatewayRoute> = z.infer<(typeof gatewayMessages)[Route]["line"]>;
