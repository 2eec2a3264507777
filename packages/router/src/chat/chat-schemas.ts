import { z } from "zod";
import { knownOptions } from "../schemas/known-options.ts";

const int32 = 2 ** 31 - 1;
/** More than the longest context takes; the worker counts tokens. */
const longestContent = 1_000_000;
const mostMessages = 1_000;

const message = knownOptions({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string().max(longestContent),
});

/** A conversation and how to answer it. */
export const chatShape = {
  messages: z.array(message).min(1).max(mostMessages),
  maxTokens: z.int().min(1).max(32_768).default(256),
  /** 0: always the likeliest token. */
  temperature: z.number().min(0).max(2).default(0.7),
  topP: z.number().positive().max(1).default(0.95),
  /** The same seed gives the same answer on the same machine. */
  seed: z.int().min(0).max(int32).optional(),
  /** Texts at which the answer ends; they are not part of it. */
  stop: z.array(z.string().min(1).max(200)).max(16).default([]),
};

export const chatEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("token"), text: z.string() }),
  z.object({
    type: z.literal("done"),
    finishReason: z.enum(["stop", "length", "cancelled"]),
    promptTokens: z.int(),
    completionTokens: z.int(),
    seconds: z.number(),
    /** The version that answered, or `base`. */
    version: z.string(),
  }),
]);
