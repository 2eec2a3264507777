import type { RunEvent } from "@loraloom/client";
import { expect, test } from "vitest";
import { eventWords } from "./event-words.ts";

type Evaluated = Extract<RunEvent, { type: "evaluated" }>["data"];

const wordsOf = (data: Evaluated) =>
  eventWords({ seq: 1, at: new Date(), attempt: 1, type: "evaluated", data });

test("a measurement tells the share of tokens that were right, where the method has one", () => {
  const sft = { loss: 2.8361, accuracy: 0.3754, perplexity: 17.05, reward: null };
  expect(wordsOf({ phase: "after", step: 10, ...sft })).toBe(
    "held-out loss after training: 2.836, 37.5 % of tokens right",
  );
  const dpo = { loss: 0.7, accuracy: null, perplexity: null, reward: null };
  expect(wordsOf({ phase: "during", step: 1200, ...dpo })).toBe("held-out loss at step 1,200: 0.700");
  const grpo = { loss: -0.25, accuracy: null, perplexity: null, reward: 0.25 };
  expect(wordsOf({ phase: "before", step: 0, ...grpo })).toBe("held-out reward before training: 0.250");
});
