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
  /** Only so many of the likeliest tokens are chosen from; left out: all of them. */
  topK: z.int().min(1).optional(),
  /** Only the fewest likely tokens that together are so likely. */
  topP: z.number().positive().max(1).default(0.95),
  /** Only tokens at least so likely as the likeliest, as a share of it; 0: all of them. */
  minP: z.number().min(0).max(1).default(0),
  /** More than 1 makes tokens of the conversation and of the answer less likely; 1: as they are. */
  repetitionPenalty: z.number().min(0.01).max(10).default(1),
  /** The same seed gives the same answer on the same machine. */
  seed: z.int().min(0).max(int32).optional(),
  /** Texts at which the answer ends; they are not part of it. */
  stop: z.array(z.string().min(1).max(200)).max(16).default([]),
  /** Tells each token's log-probability, and those of so many of the likeliest tokens at its place. */
  logprobs: z.int().min(0).max(20).optional(),
};

const alternative = z.object({
  tokenId: z.int(),
  /** U+FFFD where the token is a part of a character. */
  text: z.string(),
  /** In nats, of the model's own distribution: before penalty, temperature, top-k, top-p and min-p. */
  logprob: z.number(),
});

export const chatEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("token"),
    text: z.string(),
    /** Of the tokens that the text came from, each with the likeliest at its place, the likeliest first. */
    logprobs: z.array(alternative.extend({ top: z.array(alternative) })).optional(),
  }),
  z.object({
    type: z.literal("done"),
    finishReason: z.enum(["stop", "length", "cancelled"]),
    promptTokens: z.int(),
    completionTokens: z.int(),
    seconds: z.number(),
    /** The version that answered, or `base`; null where a run did. */
    version: z.string().nullable(),
    /** The run that answered, with the weights of this step; null where none was asked. */
    run: z.object({ id: z.string(), step: z.int() }).nullable(),
  }),
]);
