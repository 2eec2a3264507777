import type { Calibration } from "../calibrate/calibration.ts";
import type { Figure } from "./figure.ts";
import type { Result, UnmeasuredResult } from "./result.ts";

/** What was measured, for people: a line a target. */
export const resultTable = (results: readonly (Result | UnmeasuredResult)[]): string =>
  table([["what", "value", "spread", "target", ""], ...results.map(resultCells)]);

/** Name, value, spread, target and verdict of a line. */
export const resultCells = (result: Result | UnmeasuredResult): string[] =>
  result.verdict === "not_measured"
    ? [result.name, "", "", result.target, `not measured: ${result.reason}`]
    : [...valueCells(result), result.target, verdictText(result)];

/** What was measured and is held to nothing. */
export const figureTable = (figures: readonly Figure[]): string =>
  table([["figure", "value", "spread"], ...figures.map(valueCells)]);

/** Name, value and spread of a line. */
export const valueCells = ({ name, value, unit, spread }: Figure): string[] => [
  name,
  `${shown(value)} ${unit}`,
  spread.map(shown).join(" … "),
];

/** What the machine does without us, and the floors from which on targets in seconds are held to. */
export const calibrationTable = (calibrations: readonly Calibration[]): string =>
  table([["machine", "value", "floor"], ...calibrations.map(calibrationCells)]);

/** Name, value and floor of a line. */
export const calibrationCells = ({ name, value, unit, floor }: Calibration): string[] => [
  name,
  `${shown(value)} ${unit}`,
  "atLeast" in floor ? `≥ ${floor.atLeast}` : `≤ ${floor.atMost}`,
];

/** Such as `met`. */
export const verdictText = ({ verdict, factor }: Result): string =>
  verdict === "machine_too_slow" ? `machine_too_slow (${shown(factor)} ×)` : verdict.replace("_", " ");

/** Three digits that say something. */
export const shown = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

const table = (rows: string[][]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
