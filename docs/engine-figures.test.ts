import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Figure } from "../bench/src/results/figure.ts";
import type { Result, UnmeasuredResult } from "../bench/src/results/result.ts";
import { resultCells, shown, valueCells } from "../bench/src/results/table.ts";

const { machine, commit, size, seconds, results, figures } = JSON.parse(
  readFileSync("bench/results/engine.json", "utf8"),
) as {
  machine: { processor: string; cores: number; node: string; load: number };
  commit: string;
  size: string;
  seconds: number;
  results: (Result | UnmeasuredResult)[];
  figures: Figure[];
};

const page = (): string =>
  [
    "# Figures of the engine",
    "",
    "Written from `bench/results/engine.json` by `npx vitest run docs -u`; [benchmarks.md](benchmarks.md) says what the",
    "entries are.",
    "",
    `One \`${size}\` run of ${shown(seconds / 60)} min at commit \`${commit.slice(0, 12)}\` on ${machine.processor}, ` +
      `${machine.cores} cores, Node ${machine.node}, with a load of ${shown(machine.load)} at the start.`,
    "",
    ...table([["entry", "value", "spread", "target", "verdict"], ...results.map(resultCells)]),
    "",
    ...table([["figure", "value", "spread"], ...figures.map(valueCells)]),
    "",
    "![Adapters an hour, arm by arm](../bench/results/engine.png)",
    "",
  ].join("\n");

/** In even columns, as the formatter wants it. */
const table = (rows: string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = "", ...body] = rows.map(line);
  return [head, line(widths.map((width) => "-".repeat(width))), ...body];
};

it("shows what was measured, and no other figure", async () => {
  await expect(page()).toMatchFileSnapshot("./engine-figures.md");
});
