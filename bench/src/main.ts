/** `npm run bench -- storage`: measures what `docs/benchmarks.md` describes. Ends with 0 also where targets are missed. */
import { writeFile } from "node:fs/promises";
import { stopSignal } from "@loraloom/launcher";
import { readArguments, UsageError, usage } from "./arguments.ts";
import { describeMachine, readCommit } from "./machine.ts";
import { calibrationTable, resultTable } from "./results/table.ts";
import { sizes } from "./storage/sizes.ts";
import { runStorage } from "./storage/storage.ts";

const main = async (): Promise<void> => {
  const { size, jsonFile } = readArguments(process.argv.slice(2));
  const signal = stopSignal();
  const [machine, commit] = [describeMachine(), await readCommit()];
  const begun = performance.now();
  const seconds = () => ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
  const report = (line: string) => console.log(`${seconds()} s  ${line}`);
  const { calibrations, results } = await runStorage(sizes[size], { report, signal });
  console.log(`\n${calibrationTable(calibrations)}\n\n${resultTable(results)}\n`);
  if (jsonFile === undefined) return;
  const content = { machine: { ...machine, calibration: calibrations }, commit, size, results };
  await writeFile(jsonFile, `${JSON.stringify(content, null, 2)}\n`);
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
