import { expect, it } from "vitest";
import { epochsFor } from "./hyperparameters.ts";

it.each([
  [1, 25],
  [4, 25],
  [5, 20],
  [20, 5],
  [33, 3],
  [34, 3],
  [8333, 3],
  [8334, 2],
  [20_000, 1],
  [1_000_000, 1],
])("goes through %i examples %i times", (examples, epochs) => {
  expect(epochsFor(examples)).toBe(epochs);
});
