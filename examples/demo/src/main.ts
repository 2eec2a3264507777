/**
 * `npm run demo`: the main job, from a person's files to a chat with their adapter. `--runs 8`: eight people's
 * adapters at once. `--json`: figures last.
 */
import { readFile } from "node:fs/promises";
import { createClient } from "@loraloom/client";
import { ensureParts, explainError, stopSignal } from "@loraloom/launcher";
import type { Demo } from "./demo.ts";
import { brokenPromises } from "./figures.ts";
import { brokenEqualities } from "./many/figures.ts";
import { float32Base } from "./many/require-float32.ts";
import { runMany } from "./many/run-many.ts";
import { readArguments } from "./read-arguments.ts";
import { runDemo } from "./run-demo.ts";
import { createScreen } from "./screen.ts";

const main = async (): Promise<number> => {
  const { runs, json } = readArguments(process.argv.slice(2));
  const { figures, broken } = await (runs === undefined ? demoOfOne() : demoOfMany(runs));
  // After the parts have stopped, so that nothing is printed behind it.
  if (json) console.log(JSON.stringify(figures));
  return broken.length === 0 ? 0 : 1;
};

type Outcome = { figures: object; broken: string[] };

const demoOfOne = async (): Promise<Outcome> => {
  const figures = await withParts({}, runDemo);
  return { figures, broken: brokenPromises(figures) };
};

const demoOfMany = async (runs: number): Promise<Outcome> => {
  const figures = await withParts(float32Base, (demo, startedAt) => runMany(demo, { runs, startedAt }));
  return { figures, broken: brokenEqualities(figures) };
};

/** @param defaults of the environment, for a service that is started here */
const withParts = async <Result>(
  defaults: Record<string, string>,
  run: (demo: Demo, startedAt: number) => Promise<Result>,
): Promise<Result> => {
  const startedAt = performance.now();
  const signal = stopSignal();
  const screen = createScreen(process.stdout);
  screen.step("Start the service, or use the one that runs");
  const report = (line: string) => screen.line(`   ${line}`);
  await using parts = await ensureParts({ report, signal, defaults });
  screen.line(`   the service is at ${parts.url}`);
  const apiKey = await readFile(parts.keyFile, "utf8");
  const client = createClient({ url: parts.url, apiKey });
  return await run({ client, parts, screen, signal }, startedAt);
};

const ending = (error: unknown): string => {
  if (error instanceof Error && error.name === "AbortError")
    return "Interrupted; what the demo had started has ended.";
  return `The demo failed: ${explainError(error)}`;
};

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(`\n${ending(error)}`);
    process.exitCode = 1;
  },
);
