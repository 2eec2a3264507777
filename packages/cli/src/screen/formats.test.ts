import { expect, test } from "vitest";
import { formatBytes, formatCost, formatSeconds, plural } from "./formats.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [123_456, "123 kB"],
  [5_368_709_120, "5.4 GB"],
  [2e18, "2000000 TB"],
])("%d bytes are %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

test.each([
  [0.4, "0 s"],
  [59.6, "1 min 0 s"],
  [3_599, "59 min 59 s"],
  [7_800, "2 h 10 min"],
])("%d seconds are %s", (seconds, words) => expect(formatSeconds(seconds)).toBe(words));

test("counts in words", () => {
  expect([plural(1, "row"), plural(0, "row"), plural(12_345, "row")]).toEqual([
    "1 row",
    "0 rows",
    "12,345 rows",
  ]);
});

test.each([
  [{ amount: 1234.5, currency: "EUR" }, "1,234.50 EUR"],
  [{ amount: 0.04, currency: null }, "0.04"],
  [{ amount: 0.000123, currency: "EUR" }, "0.00012 EUR"],
  [{ amount: 0, currency: "EUR" }, "0.00 EUR"],
])("%j is %s", (cost, words) => expect(formatCost(cost)).toBe(words));
