import { expect, test } from "vitest";
import type { Calibration } from "../calibrate/calibration.ts";
import { fromRepeats, furthestFromOne, judge } from "./result.ts";

const calibration = (value: number): Calibration => ({
  name: "postgres-inserts",
  value,
  unit: "1/s",
  floor: { atLeast: 100 },
});
const measured = (values: number[]) =>
  fromRepeats(values, { name: "x", unit: "s", target: { atMost: 1 }, needs: ["postgres-inserts"] });
const judged = (values: number[], calibrated: number, isJudged = true) =>
  judge(measured(values), { calibrations: [calibration(calibrated)], isJudged });

test("the median decides, and the spread is kept", () => {
  expect(judged([0.5, 0.9, 4], 100)).toMatchObject({
    value: 0.9,
    spread: [0.5, 4],
    target: "≤ 1",
    ok: true,
    verdict: "met",
  });
});

test("a missed target stays missed on a machine that is fast enough", () => {
  expect(judged([2], 100)).toMatchObject({ ok: false, verdict: "missed" });
});

test("a machine below the floor is said to be so, with the factor", () => {
  expect(judged([2], 40)).toMatchObject({ ok: null, verdict: "machine_too_slow", factor: 2.5 });
});

test("what is met on a slow machine is met", () => {
  expect(judged([1], 40)).toMatchObject({ ok: true, verdict: "met" });
});

test("small sizes are not judged", () => {
  expect(judged([2], 100, false)).toMatchObject({ ok: null, verdict: "not_judged" });
});

test("a rate has a least", () => {
  const rate = fromRepeats([0.7], { name: "x", unit: "×", target: { atLeast: 0.8 } });
  expect(judge(rate, { calibrations: [], isJudged: true })).toMatchObject({ ok: false, target: "≥ 0.8" });
});

test("of ratios the one that is furthest from 1 decides", () => {
  const estimates = (values: number[]) =>
    judge(furthestFromOne(values, { name: "x", unit: "×", target: { from: 0.5, to: 2 } }), {
      calibrations: [],
      isJudged: true,
    });
  expect(estimates([0.6, 1.1, 1.5])).toMatchObject({ value: 0.6, ok: true, target: "0.5 … 2" });
  expect(estimates([0.45, 1.9])).toMatchObject({ value: 0.45, ok: false });
  expect(estimates([0.9, 2.1])).toMatchObject({ value: 2.1, ok: false });
});
