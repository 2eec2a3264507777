import { errorCodes } from "@loraloom/errors";
import { z } from "zod";

/**
 * What passes between a host and a worker's gateway: one POST each, with the bearer token, answered by
 * lines of JSON of which the last is a `result`, a `done` or an `error`.
 */
const adapter = z
  .strictObject({ userId: z.string(), avatarId: z.string(), versionId: z.string() })
  .nullable();
/** Canonical rows; their schema belongs to the dataset package, and who reads them parses them with it. */
const rows = z.array(z.record(z.string(), z.unknown())).min(1);

const sampleRequestSchema = z.strictObject({
  messages: z
    .array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1),
  /** null: the base model alone. */
  adapter,
  maxTokens: z.int().positive(),
  /** 0: always the likeliest token. */
  temperature: z.number().nonnegative(),
  topP: z.number().positive().max(1),
  seed: z.int().nonnegative().nullable(),
  stop: z.array(z.string().min(1)),
});

const evaluateRequestSchema = z.strictObject({
  rows,
  adapter,
  /** `base`: as the worker holds it; `float32`: a temporary copy of the base in full precision. */
  dtype: z.enum(["base", "float32"]),
  logits: z.boolean(),
});

const tokenizeRequestSchema = z.strictObject({ rows, maxLength: z.int().positive() });

const estimateRequestSchema = z.strictObject({
  examples: z.int().positive(),
  tokensTotal: z.int().positive(),
  longest: z.int().positive(),
  /** A run's config. */
  config: z.record(z.string(), z.unknown()),
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

const sampleLineSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("token"), text: z.string() }),
  z.strictObject({
    type: z.literal("done"),
    finishReason: z.enum(["stop", "length", "cancelled"]),
    promptTokens: count,
    completionTokens: count,
    seconds: z.number().nonnegative(),
  }),
  errorSchema,
]);

const evaluateLineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("result"),
    /** Mean over trained tokens, in nats. */
    loss: z.number(),
    tokens: count,
    /** For each row the logits at its last position: float32, little-endian, in base64. */
    logits: z.array(z.base64()).nullable(),
    vocabSize: count,
  }),
  errorSchema,
]);

const tokenizeLineSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("result"), total: count, trained: count, longest: count }),
  errorSchema,
]);

const estimateLineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("result"),
    steps: count,
    epochs: z.number().positive(),
    /** null: this worker has not trained yet. */
    seconds: z.number().nonnegative().nullable(),
    memoryBytes: count,
    fits: z.boolean(),
  }),
  errorSchema,
]);

/** Each route of the gateway: what is posted there and what one line of its answer is. */
export const gatewayMessages = {
  "/sample": { request: sampleRequestSchema, line: sampleLineSchema },
  "/evaluate": { request: evaluateRequestSchema, line: evaluateLineSchema },
  "/tokenize": { request: tokenizeRequestSchema, line: tokenizeLineSchema },
  "/estimate": { request: estimateRequestSchema, line: estimateLineSchema },
};

export type SampleRequest = z.infer<typeof sampleRequestSchema>;
export type SampleLine = z.infer<typeof sampleLineSchema>;
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>;
export type EvaluateLine = z.infer<typeof evaluateLineSchema>;
export type TokenizeRequest = z.infer<typeof tokenizeRequestSchema>;
export type TokenizeLine = z.infer<typeof tokenizeLineSchema>;
export type EstimateRequest = z.infer<typeof estimateRequestSchema>;
export type EstimateLine = z.infer<typeof estimateLineSchema>;
