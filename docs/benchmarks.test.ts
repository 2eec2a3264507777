import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Calibration } from "../bench/src/calibrate/calibration.ts";
import type { Result } from "../bench/src/results/result.ts";
import { shown, verdictText } from "../bench/src/results/table.ts";

const page = readFileSync("docs/benchmarks.md", "utf8");
const { machine, commit, results } = JSON.parse(readFileSync("bench/results/storage.json", "utf8")) as {
  machine: { processor: string; load: number; calibration: Calibration[] };
  commit: string;
  results: Result[];
};

/** The cells of each table's lines. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

it("shows what was measured, and no other figure", () => {
  for (const result of results) {
    const { name, value, unit, spread, target } = result;
    const cells = [
      name,
      `${shown(value)} ${unit}`,
      spread.map(shown).join(" … "),
      target,
      verdictText(result),
    ];
    expect(rows).toContainEqual(cells);
  }
});

it("shows the machine and the commit", () => {
  for (const { name, value, unit } of machine.calibration) {
    expect(rows).toContainEqual([name, `${shown(value)} ${unit}`, expect.any(String)]);
  }
  for (const text of [machine.processor, `load of ${shown(machine.load)}`, commit.slice(0, 12)]) {
    expect(page).toContain(text);
  }
});
