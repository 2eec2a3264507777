import { expect, test } from "vitest";
import { median, p99, quantile, spreadOf } from "./statistics.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test("a quantile is a value that was measured", () => {
  expect([quantile(hundred, 0), p99(hundred), quantile(hundred, 1)]).toEqual([1, 99, 100]);
  expect(p99([7])).toBe(7);
});

test("the median of two rounds is neither the better nor the worse one", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([2.15, 1.25])).toBeCloseTo(1.7);
  expect(median(hundred)).toBe(50.5);
});

test("the spread is the least and the most", () => {
  expect(spreadOf([3, 1, 2])).toEqual([1, 3]);
});

test("of nothing there is no value", () => {
  expect(() => median([])).toThrow(RangeError);
});
