import { expect, test } from "vitest";
import { addLengths, type LengthCounts, shareOfLengths, withoutLengths } from "./length-counts.ts";

const counts: LengthCounts = [
  [10, 1],
  [12, 5],
  [40, 4],
];

test("examples of the same length are counted together, the shortest first", () => {
  const more: LengthCounts = [
    [8, 1],
    [12, 2],
  ];
  expect(addLengths(counts, more)).toEqual([
    [8, 1],
    [10, 1],
    [12, 7],
    [40, 4],
  ]);
});

test("a part takes its share of short and of long ones, though each length is rare", () => {
  const each: LengthCounts = Array.from({ length: 100 }, (_, at) => [at + 1, 1]);
  const part = shareOfLengths(each, 0.1);
  expect(part.length).toBe(10);
  expect(part.at(-1)?.[0]).toBeGreaterThan(90);
  expect(withoutLengths(each, part).length).toBe(90);
});

test("a part and the rest are all", () => {
  const part = shareOfLengths(counts, 0.3);
  expect(addLengths(part, withoutLengths(counts, part))).toEqual(counts);
  expect(shareOfLengths(counts, 0)).toEqual([]);
});
