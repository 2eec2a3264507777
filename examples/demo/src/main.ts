/** `npm run demo`: the main job, from a person's files to a chat with their adapter. `--json`: figures last. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createClient } from "@loraloom/client";
import { ensureParts, explainError, stopSignal } from "@loraloom/launcher";
import { brokenPromises, type Figures } from "./figures.ts";
import { runDemo } from "./run-demo.ts";
import { createScreen } from "./screen.ts";

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const figures = await runWithParts(stopSignal());
  // After the parts have stopped, so that nothing is printed behind it.
  if (values.json) console.log(JSON.stringify(figures));
  return brokenPromises(figures).length === 0 ? 0 : 1;
};

const runWithParts = async (signal: AbortSignal): Promise<Figures> => {
  const startedAt = performance.now();
  const screen = createScreen(process.stdout);
  screen.step("Start the service, or use the one that runs");
  await using parts = await ensureParts({ report: (line) => screen.line(`   ${line}`), signal });
  screen.line(`   the service is at ${parts.url}`);
  const apiKey = await readFile(parts.keyFile, "utf8");
  const client = createClient({ url: parts.url, apiKey });
  return await runDemo({ client, parts, screen, signal }, startedAt);
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
