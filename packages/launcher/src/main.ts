/** `node packages/launcher/src/main.ts start | dev | worker [--once]`: what `npm start` and its like run after set-up. */
import { dev } from "./commands/dev.ts";
import { start } from "./commands/start.ts";
import { worker } from "./commands/worker.ts";
import { explainError } from "./explain-error.ts";
import { readSettings } from "./settings.ts";
import { stopNowSignal, stopSignal } from "./stop-signal.ts";

const commands = { start, dev, worker };

const main = async (name: string, options: string[]): Promise<number> => {
  const command = Object.entries(commands).find(([known]) => known === name)?.[1];
  if (!command) throw new Error(`Unknown command '${name}'. There are: ${Object.keys(commands).join(", ")}.`);
  const stop = stopSignal();
  const exitCode = await command(readSettings(), { stop, stopNow: stopNowSignal(stop) }, options);
  return exitCode ?? 0;
};

const [name = "", ...options] = process.argv.slice(2);
main(name, options).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    // A stop while everything was still starting is what the user wanted.
    if (error instanceof Error && error.name === "AbortError") process.exit(0);
    console.error(`\n${explainError(error)}`);
    process.exit(1);
  },
);
