import { expect, test } from "vitest";
import { nearestOption } from "./nearest-option.ts";

const known = ["learningRate", "rank", "alpha", "batchSize", "maxSteps"];

test.each([
  ["learning_rate", "learningRate"],
  ["lerningRate", "learningRate"],
  ["Rank", "rank"],
  ["batch-size", "batchSize"],
  ["max_step", "maxSteps"],
])("%s is near %s", (option, nearest) => {
  expect(nearestOption(option, known)).toBe(nearest);
});

test.each(["", "temperature", "__proto__", "x".repeat(100_000)])("nothing is near %.20s", (option) => {
  expect(nearestOption(option, known)).toBeUndefined();
});
