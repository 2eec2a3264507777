import type { Store } from "@loraloom/store";
import { type NewWorker, registerWorker } from "@loraloom/store/workers";
import type { CountedTokens } from "../inference.ts";

/** What a worker may say of a file of two rows. */
export const countedTokens: CountedTokens = {
  rows: 2,
  unusedByMethod: 0,
  examples: 2,
  total: 60,
  trained: 20,
  longest: 31,
  longestPrompt: 21,
  byLength: [
    [29, 1],
    [31, 1],
  ],
  overLength: 1,
  dropped: 0,
  truncated: 1,
  trimmed: 0,
  skippedCount: 0,
  skipped: [],
};

/** A worker of the test base as the database knows it; again: a sign of life of it. Nobody listens there. */
export const registerTestWorker = (store: Store, changes: Partial<NewWorker> = {}): Promise<void> =>
  registerWorker(store, {
    id: "w1",
    url: "http://127.0.0.1:9",
    engineKey: "tiny@main/float32/none",
    roles: ["train", "serve"],
    state: "ready",
    slots: 1,
    ...changes,
  });
