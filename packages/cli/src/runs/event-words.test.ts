import type { RunEvent } from "@loraloom/client";
import { expect, test } from "vitest";
import { eventWords } from "./event-words.ts";

type Evaluated = Extract<RunEvent, { type: "evaluated" }>["data"];

const wordsOf = (data: Evaluated) =>
  eventWords({ seq: 1, at: new Date(), attempt: 1, type: "evaluated", data });

const untold = { accuracy: null, perplexity: null, reward: null, preferences: null, rewards: null };
const preferences = { chosen: 0.5, rejected: -0.25, margin: 0.75, accuracy: 0.875, kl: null };

test("a measurement tells the share of tokens or pairs that were right, where the method has one", () => {
  const sft = { ...untold, loss: 2.8361, accuracy: 0.3754, perplexity: 17.05 };
  expect(wordsOf({ phase: "after", step: 10, ...sft })).toBe(
    "held-out loss after training: 2.836, 37.5 % of tokens right",
  );
  const older = { ...untold, loss: 0.7 };
  expect(wordsOf({ phase: "during", step: 1200, ...older })).toBe("held-out loss at step 1,200: 0.700");
  expect(wordsOf({ phase: "after", step: 9, ...older, preferences })).toBe(
    "held-out loss after training: 0.700, 87.5 % of pairs right, margin 0.750",
  );
  const kto = { ...preferences, accuracy: null, kl: 0.1 };
  expect(wordsOf({ phase: "after", step: 9, ...older, preferences: kto })).toBe(
    "held-out loss after training: 0.700, margin 0.750",
  );
  const grpo = { ...untold, loss: -0.25, reward: 0.25 };
  expect(wordsOf({ phase: "before", step: 0, ...grpo })).toBe("held-out reward before training: 0.250");
});
