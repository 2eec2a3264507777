/** `npm run chaos`: what docs/reliability.md describes. Ends with 1 where an invariant was violated. */
import { writeFile } from "node:fs/promises";
import { explainError, stopSignal } from "@loraloom/launcher";
import { readArguments, UsageError, usage } from "./arguments.ts";
import { resultText } from "./report/print-result.ts";
import { runChaos } from "./run-chaos.ts";
import { sizeOfMinutes, smokeSize } from "./sizes.ts";

const interrupted = 130;

const main = async (signal: AbortSignal): Promise<number> => {
  const { minutes, seed, isSmoke, jsonFile } = readArguments(process.argv.slice(2));
  const size = isSmoke ? smokeSize : sizeOfMinutes(minutes);
  const begun = performance.now();
  const timeline: string[] = [];
  const report = (line: string): void => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    timeline.push(`${seconds.padStart(6)} s  ${line}`);
    console.log(timeline.at(-1));
  };
  const result = await runChaos({ seed, size, report, signal });
  console.log(resultText(result));
  if (jsonFile !== undefined)
    await writeFile(jsonFile, `${JSON.stringify({ ...result, timeline }, null, 2)}\n`);
  return result.violations.length === 0 ? 0 : 1;
};

const signal = stopSignal();
main(signal).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    if (signal.aborted) process.exit(interrupted);
    console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : explainError(error));
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
