import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Calibration } from "../bench/src/calibrate/calibration.ts";
import type { Figure } from "../bench/src/results/figure.ts";
import type { Result, UnmeasuredResult } from "../bench/src/results/result.ts";
import { calibrationCells, resultCells, shown, valueCells } from "../bench/src/results/table.ts";

type Run = {
  machine: { processor: string; cores: number; node: string; load: number; calibration: Calibration[] };
  commit: string;
  size: string;
  seconds: number;
  results: (Result | UnmeasuredResult)[];
  figures: Figure[];
};

/** A suite's page: all that one run measured. */
const page = ({ suite, title, end = [] }: { suite: string; title: string; end?: string[] }): string => {
  const { machine, commit, size, seconds, results, figures }: Run = JSON.parse(
    readFileSync(`bench/results/${suite}.json`, "utf8"),
  );
  return [
    `# ${title}`,
    "",
    `Written from \`bench/results/${suite}.json\` by \`npx vitest run docs -u\`; [benchmarks.md](benchmarks.md) says what the`,
    "entries are.",
    "",
    `One \`${size}\` run of ${shown(seconds / 60)} min at commit \`${commit.slice(0, 12)}\` on ${machine.processor}, ` +
      `${machine.cores} cores, Node ${machine.node}, with a load of ${shown(machine.load)} at the start.`,
    "",
    ...table(["machine", "value", "floor"], machine.calibration.map(calibrationCells)),
    ...table(["entry", "value", "spread", "target", "verdict"], results.map(resultCells)),
    ...table(["figure", "value", "spread"], figures.map(valueCells)),
    ...end,
  ].join("\n");
};

/** In even columns, as the formatter wants it; nothing where there are no rows. */
const table = (names: string[], rows: string[][]): string[] => {
  if (rows.length === 0) return [];
  const widths = names.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(names), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""];
};

it("shows what was measured of the engine, and no other figure", async () => {
  const plot = ["![Adapters an hour, arm by arm](../bench/results/engine.png)", ""];
  await expect(page({ suite: "engine", title: "Figures of the engine", end: plot })).toMatchFileSnapshot(
    "./engine-figures.md",
  );
});

it("shows what was measured of runs in a queue, and no other figure", async () => {
  await expect(page({ suite: "runs", title: "Figures of runs in a queue" })).toMatchFileSnapshot(
    "./run-figures.md",
  );
});
