/** `npm run bench`: measures what `docs/benchmarks.md` describes. Ends with 0 also where targets are missed. */
import { writeFile } from "node:fs/promises";
import { stopSignal } from "@loraloom/launcher";
import { readArguments, type SuiteName, UsageError, usage } from "./arguments.ts";
import type { Calibration } from "./calibrate/calibration.ts";
import { runEngine } from "./engine/engine.ts";
import { drawPlot } from "./engine/plot.ts";
import { engineSizes } from "./engine/sizes.ts";
import { describeMachine, readCommit } from "./machine.ts";
import type { Figure } from "./results/figure.ts";
import type { Result, UnmeasuredResult } from "./results/result.ts";
import { calibrationTable, figureTable, resultTable } from "./results/table.ts";
import { runRuns } from "./runs/runs.ts";
import { runSizes } from "./runs/sizes.ts";
import { type SizeName, sizes } from "./storage/sizes.ts";
import { runStorage, type SuiteOptions } from "./storage/storage.ts";

const main = async (): Promise<void> => {
  const { suite, size, jsonFile } = readArguments(process.argv.slice(2));
  const signal = stopSignal();
  const [machine, commit] = [describeMachine(), await readCommit()];
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  const report = (line: string) => console.log(`${String(seconds()).padStart(4)} s  ${line}`);
  const { calibrations, ...measured } = await suites[suite](size, { report, signal });
  show({ calibrations, ...measured });
  if (jsonFile === undefined) return;
  const content = {
    machine: { ...machine, calibration: calibrations },
    commit,
    size,
    seconds: seconds(),
    ...measured,
  };
  await writeFile(jsonFile, `${JSON.stringify(content, null, 2)}\n`);
  if (suite === "engine") console.log(await drawPlot(jsonFile));
};

type Outcome = {
  calibrations: Calibration[];
  results: (Result | UnmeasuredResult)[];
  figures: Figure[];
};

const suites: Record<SuiteName, (size: SizeName, options: SuiteOptions) => Promise<Outcome>> = {
  storage: async (size, options) => ({ ...(await runStorage(sizes[size], options)), figures: [] }),
  runs: (size, options) => runRuns(runSizes[size], options),
  engine: async (size, options) => ({ ...(await runEngine(engineSizes[size], options)), calibrations: [] }),
};

const show = ({ calibrations, figures, results }: Outcome): void => {
  if (calibrations.length > 0) console.log(`\n${calibrationTable(calibrations)}`);
  if (figures.length > 0) console.log(`\n${figureTable(figures)}`);
  console.log(`\n${resultTable(results)}\n`);
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
