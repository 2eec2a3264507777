import { expect, test } from "vitest";
import { splitCounts } from "./split-counts.ts";

const counts = {
  examples: 10,
  total: 1000,
  trained: 400,
  longest: 120,
  longestPrompt: 80,
  overLength: 1,
  byLength: [],
};

test("both sides of a split have all tokens together, by their part of the rows", () => {
  const { training, evaluation } = splitCounts(counts, { examples: 7, evaluationExamples: 3 });
  expect(training).toMatchObject({ examples: 7, total: 700, trained: 280, longest: 120, longestPrompt: 80 });
  expect(evaluation).toMatchObject({
    examples: 3,
    total: 300,
    trained: 120,
    longest: 120,
    longestPrompt: 80,
  });
});

test("nothing is divided by no row", () => {
  const { training, evaluation } = splitCounts(counts, { examples: 0, evaluationExamples: 0 });
  expect([training.examples, evaluation.examples]).toEqual([10, 0]);
});
