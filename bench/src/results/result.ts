import { type Calibration, type CalibrationName, slownessOf } from "../calibrate/calibration.ts";
import { median, p99, quantile, spreadOf } from "../measure/statistics.ts";

export type Target = { atMost: number } | { atLeast: number } | { from: number; to: number };

/** What was measured for one target of the issue. */
export type Measured = {
  name: string;
  value: number;
  unit: string;
  target: Target;
  /** The least and the most of the repeats. */
  spread: [number, number];
  /** What the value depends on: a machine that is slower there can't be held to the target. */
  needs: CalibrationName[];
};

/** A target for which nothing could be measured here, and why. */
export type Unmeasured = Pick<Measured, "name" | "unit" | "target"> & { reason: string };

/** `machine_too_slow`: missed on a machine below the floor of what the value needs. */
export type Verdict = "met" | "missed" | "machine_too_slow" | "not_judged";

export type Result = Omit<Measured, "needs" | "target"> & {
  /** Such as `≤ 1`. */
  target: string;
  /** null: nothing is said about the program. */
  ok: boolean | null;
  verdict: Verdict;
  /** How many times slower than the floor the machine is; 1 or less: not slower. */
  factor: number;
};

export type UnmeasuredResult = Pick<Result, "name" | "unit" | "target"> & {
  ok: null;
  verdict: "not_measured";
  reason: string;
};

export type About = Pick<Measured, "name" | "unit" | "target"> & Partial<Pick<Measured, "needs">>;

/** The median of repeats and their spread. */
export const fromRepeats = (values: readonly number[], about: About): Measured => ({
  needs: [],
  ...about,
  value: median(values),
  spread: spreadOf(values),
});

/** The same of what must never be more. */
export const mostOf = (values: readonly number[], about: About): Measured => ({
  ...fromRepeats(values, about),
  value: quantile(values, 1),
});

/** The same of how long calls took: 1 % of them took longer. */
export const p99Of = (values: readonly number[], about: About): Measured => ({
  ...fromRepeats(values, about),
  value: p99(values),
});

/** The same of ratios that are best where they are 1: the one that is furthest from it. */
export const furthestFromOne = (values: readonly number[], about: About): Measured => {
  const distances = values.map((value) => Math.abs(Math.log(value)));
  const furthest = distances.indexOf(quantile(distances, 1));
  return { ...fromRepeats(values, about), value: values[furthest] ?? Number.NaN };
};

/** Says whether a target was met; sizes too small to say so are not judged. */
export const judge = (
  { needs, target, ...measured }: Measured,
  { calibrations, isJudged }: { calibrations: readonly Calibration[]; isJudged: boolean },
): Result => {
  const factor = slownessOf(calibrations, needs);
  const verdict = isJudged ? verdictOf(isMet(measured.value, target), factor) : "not_judged";
  return { ...measured, target: targetText(target), ok: okOf(verdict), verdict, factor };
};

/** An entry that says why there is no value. */
export const explain = ({ target, ...unmeasured }: Unmeasured): UnmeasuredResult => ({
  ...unmeasured,
  target: targetText(target),
  ok: null,
  verdict: "not_measured",
});

const verdictOf = (met: boolean, factor: number): Verdict => {
  if (met) return "met";
  return factor > 1 ? "machine_too_slow" : "missed";
};

const okOf = (verdict: Verdict): boolean | null => {
  if (verdict === "met") return true;
  return verdict === "missed" ? false : null;
};

const isMet = (value: number, target: Target): boolean => {
  if ("atMost" in target) return value <= target.atMost;
  if ("atLeast" in target) return value >= target.atLeast;
  return value >= target.from && value <= target.to;
};

const targetText = (target: Target): string => {
  if ("atMost" in target) return `≤ ${target.atMost}`;
  return "atLeast" in target ? `≥ ${target.atLeast}` : `${target.from} … ${target.to}`;
};
