import type { BaseName } from "../services/base-model.ts";

/** How much is measured, and how often. */
export type EngineSizes = {
  base: BaseName;
  /** What both sides compute in where they are compared in the same number type. */
  dtype: Dtype;
  /** Chats that every arm trains on, one epoch of batch 1. */
  chats: number;
  /** Chats of the job that figures are told for: what takes longer with more steps is scaled to it. */
  jobChats: number;
  /** Runs at once. */
  runs: number;
  rounds: number;
  latency: LatencySizes;
  chatting: ChattingSizes;
  isJudged: boolean;
};

export type Dtype = "float32" | "bfloat16";

export type LatencySizes = {
  chats: number;
  longRuns: number;
  rounds: number;
  /** Seconds that the long runs train before the late job comes. */
  headStart: number;
};

/** Runs that train, and pairs of windows of so many seconds, without chats and with them. */
export type ChattingSizes = { runs: number; rounds: number; window: number };

const cpu = { base: "demo", dtype: "float32", jobChats: 20, runs: 8 } as const;

export const engineSizes = {
  full: {
    ...cpu,
    chats: 20,
    rounds: 3,
    latency: { chats: 20, longRuns: 8, rounds: 3, headStart: 60 },
    chatting: { runs: 8, rounds: 2, window: 45 },
    isJudged: true,
  },
  quick: {
    ...cpu,
    chats: 3,
    rounds: 3,
    latency: { chats: 20, longRuns: 8, rounds: 2, headStart: 10 },
    chatting: { runs: 8, rounds: 2, window: 20 },
    isJudged: true,
  },
  smoke: {
    ...cpu,
    base: "tiny",
    // Most machines' own: one engine less to start.
    dtype: "bfloat16",
    chats: 2,
    runs: 2,
    rounds: 1,
    latency: { chats: 2, longRuns: 1, rounds: 1, headStart: 0.1 },
    chatting: { runs: 2, rounds: 1, window: 1 },
    isJudged: false,
  },
} as const satisfies Record<string, EngineSizes>;

/** A job of 200 chats, 32 runs at once, and a base of 1B parameters with random weights. */
export const onGpu = (sizes: EngineSizes): EngineSizes =>
  sizes.base === "tiny"
    ? sizes
    : { ...sizes, base: "llama-1b", dtype: "bfloat16", chats: 10 * sizes.chats, jobChats: 200, runs: 32 };
