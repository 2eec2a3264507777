import { expect, test } from "vitest";
import { secondsUnknownOf } from "./seconds-unknown.ts";

const unknown = { seconds: null, fits: true };

test.each([
  ["does not fit into the memory", { ...unknown, fits: false }, { method: "sft" }],
  ["how long the completions get", unknown, { method: "grpo" }],
  ["With DoRA a run trains in a process of its own", unknown, { method: "kto", dora: true }],
  ["Models that nobody asks now make room for it first", unknown, { method: "dpo" }],
  [
    "Where all weights learn it trains in a process of its own",
    unknown,
    { method: "sft", fullFineTuning: true },
  ],
] as const)("a preview without seconds says why: %s", (words, estimate, config) => {
  expect(secondsUnknownOf(estimate, config)).toContain(words);
});

test("a preview with seconds has nothing to explain", () => {
  expect(secondsUnknownOf({ seconds: 4, fits: true }, { method: "grpo" })).toBeNull();
});
