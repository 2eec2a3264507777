import { expect, test } from "vitest";
import { type Calibration, floors, slowerOf, slownessOf } from "./calibration.ts";

const found = (inserts: number, gets: number): Calibration[] => [
  { name: "postgres-inserts", value: inserts, unit: "rows/s", floor: floors["postgres-inserts"] },
  { name: "s3-gets", value: gets, unit: "ms p50", floor: floors["s3-gets"] },
];

test("of two calibrations the slower figures count, each by itself", () => {
  expect(slowerOf(found(3_000, 6), found(750, 2))).toEqual(found(750, 6));
  expect(slowerOf(found(750, 2), found(3_000, 6))).toEqual(found(750, 6));
});

test("a machine is as slow as the slowest of what is needed", () => {
  expect(slownessOf(found(750, 6), ["postgres-inserts", "s3-gets"])).toBe(2);
  expect(slownessOf(found(500, 2), ["postgres-inserts", "s3-gets"])).toBe(3);
  expect(slownessOf(found(500, 2), ["s3-gets"])).toBe(1);
});
