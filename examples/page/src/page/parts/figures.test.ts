import { expect, test } from "vitest";
import { counted, duration, size } from "./figures.ts";

test("bytes are told in the unit that keeps them short", () => {
  expect([0, 999, 1_000, 1_550_000, 3e9].map(size)).toEqual(["0 B", "999 B", "1 kB", "1.6 MB", "3 GB"]);
});

test("one is no plural", () => {
  expect([0, 1, 1_234].map((rows) => counted(rows, "row"))).toEqual(["0 rows", "1 row", "1,234 rows"]);
});

test("seconds become minutes and hours", () => {
  expect([0.2, 59, 90, 3_700].map(duration)).toEqual(["1 s", "59 s", "2 min", "1 h 2 min"]);
});
