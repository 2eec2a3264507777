import { expect, test } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";

test.each([
  [["storage"], { size: "full", jsonFile: undefined }],
  [["storage", "--quick", "--json", "x.json"], { size: "quick", jsonFile: "x.json" }],
  [["--smoke", "storage"], { size: "smoke", jsonFile: undefined }],
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
