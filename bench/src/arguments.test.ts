import { expect, test } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";

test.each([
  [["storage"], { suite: "storage", size: "full", jsonFile: undefined }],
  [["storage", "--quick", "--json", "x.json"], { suite: "storage", size: "quick", jsonFile: "x.json" }],
  [["--smoke", "engine"], { suite: "engine", size: "smoke", jsonFile: undefined }],
])("%j", (args, expected) => {
  expect(readArguments(args)).toEqual(expected);
});

test.each([
  [[]],
  [["speed"]],
  [["storage", "more"]],
  [["storage", "--fast"]],
  [["storage", "--quick", "--smoke"]],
])("%j is refused", (args) => {
  expect(() => readArguments(args)).toThrow(UsageError);
});
