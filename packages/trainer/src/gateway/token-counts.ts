import { addLengths } from "@loraloom/dataset";
import type { CountTokensLine } from "@loraloom/store/workers";
import type { AnswerOf } from "../engine/protocol.ts";

type Counted = Extract<CountTokensLine, { type: "result" }>;

/** Reports have room for so many; the counts cover all. */
const skippedNamed = 20;

export const noTokens: Counted = {
  type: "result",
  rows: 0,
  unusedByMethod: 0,
  examples: 0,
  total: 0,
  trained: 0,
  longest: 0,
  longestPrompt: 0,
  byLength: [],
  overLength: 0,
  dropped: 0,
  truncated: 0,
  trimmed: 0,
  skippedCount: 0,
  skipped: [],
};

/** What was counted so far, with one more chunk of rows. */
export const addTokens = (sum: Counted, chunk: AnswerOf<"tokenize">): Counted => {
  const dropped = sum.dropped + chunk.dropped;
  const truncated = sum.truncated + chunk.truncated;
  const trimmed = sum.trimmed + chunk.trimmed;
  return {
    ...sum,
    rows: sum.rows + chunk.rows,
    examples: sum.examples + chunk.examples,
    total: sum.total + chunk.tokens_total,
    trained: sum.trained + chunk.tokens_trained,
    longest: Math.max(sum.longest, chunk.longest),
    longestPrompt: Math.max(sum.longestPrompt, chunk.longest_prompt),
    byLength: addLengths(sum.byLength, chunk.by_length),
    overLength: dropped + truncated + trimmed,
    dropped,
    truncated,
    trimmed,
    skippedCount: sum.skippedCount + chunk.skipped_count,
    skipped: [...sum.skipped, ...chunk.skipped].slice(0, skippedNamed),
  };
};
