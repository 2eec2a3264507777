#!/usr/bin/env node
/** `loraloom <command>`: the service from a terminal. */
import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { InterruptedError } from "./failures/cli-error.ts";
import { createProgram } from "./program.ts";
import { createRun } from "./session.ts";

/** The first Ctrl-C lets a command end its work, the second one ends the process. */
const interruptSignal = (): AbortSignal => {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new InterruptedError());
  });
  return controller.signal;
};

/** `loraloom ls | head` closes the pipe early; that is no fault. */
const endWithReader = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(exitCodes.ok);
  });
};

const main = async (): Promise<void> => {
  endWithReader();
  try {
    await createProgram(createRun(interruptSignal())).parseAsync();
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
};

await main();
