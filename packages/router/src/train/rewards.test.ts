import { expect, test } from "vitest";
import { rewardInput, rewardsInput, rewardsSchema } from "./rewards.ts";

const faultsOf = (reward: unknown): string =>
  (rewardInput.safeParse(reward).error?.issues ?? []).map(({ message }) => message).join(" ");

test("what is left out of a reward has its default", () => {
  expect(rewardInput.parse({ type: "exact_match" })).toEqual({
    type: "exact_match",
    weight: 1,
    ignoreCase: false,
    trim: true,
  });
  expect(rewardInput.parse({ type: "length", max: 20 })).toEqual({
    type: "length",
    weight: 1,
    unit: "tokens",
    min: null,
    max: 20,
  });
});

test.each(["^Aye\\b", "\\p{Lu}[(?=]\\(?=", "(?i:yes)|(?:no)", "\\d{4}"])(
  "the pattern %s is taken",
  (pattern) => {
    expect(faultsOf({ type: "regex", pattern })).toBe("");
  },
);

test.each([
  ["(a", 'which "(a" is not'],
  ["(?=a)b", "neither lookaround nor a back reference"],
  ["(?<!a)b", "neither lookaround"],
  ["(a)\\1", "nor a back reference"],
  ["(?<x>a)\\k<x>", "nor a back reference"],
  ["a".repeat(1_001), "1000"],
  ["a\0", "NUL"],
])("the pattern %j is refused", (pattern, fault) => {
  expect(faultsOf({ type: "regex", pattern })).toContain(fault);
});

test.each([
  [{ type: "json_schema", schema: { enum: ["x".repeat(17_000)] } }, "at most 16384 characters"],
  [
    { type: "json_schema", schema: { enum: JSON.parse("[".repeat(8_000) + "]".repeat(8_000)) } },
    "at most 100 levels",
  ],
  [{ type: "json_schema", schema: { properties: { "a\0": true } } }, "NUL"],
  [{ type: "json_schema", schema: { enum: [["\ud83d"]] } }, "whole Unicode"],
  [{ type: "length" }, "needs min, max or both"],
  [{ type: "length", min: 5, max: 4 }, "min may not be above max"],
  [{ type: "exact_match", ignorecase: true }, "did you mean 'ignoreCase'"],
  [{ type: "taste" }, "Invalid"],
])("a reward is refused: %#", (reward, fault) => {
  expect(faultsOf(reward)).toContain(fault);
});

const schemaOf = (characters: number) => ({
  type: "json_schema" as const,
  schema: { enum: ["x".repeat(characters)] },
});

test("all rewards of a run together are of a size that a list of runs can repeat", () => {
  expect(rewardsInput.safeParse([schemaOf(16_000), schemaOf(16_000)]).success).toBe(true);
  const fault = rewardsInput.safeParse([schemaOf(16_000), schemaOf(16_000), schemaOf(1_000)]).error;
  expect(fault?.issues.map(({ message }) => message)).toEqual([
    "must have at most 32768 characters of JSON together",
  ]);
});

test("what was taken is told again without being checked again", () => {
  const taken = rewardsInput.parse([
    { type: "exact_match" },
    { type: "regex", pattern: "^Aye" },
    schemaOf(10),
    { type: "length", max: 20 },
  ]);
  expect(rewardsSchema.parse(taken)).toEqual(taken);
  const older = [{ type: "regex", weight: 1, pattern: "(?=what an older host took)" }];
  expect(rewardsSchema.parse(older)).toEqual(older);
});
