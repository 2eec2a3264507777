import { join } from "node:path";
import type { Logger } from "@loraloom/store";
import { type EngineChild, type EngineCommand, startPython } from "./child.ts";

/** A Python that has imported the slow packages, and nothing of the engine, before it is needed. */
export type SpareInterpreter = AsyncDisposable & {
  /** The process as a starting engine; undefined where none waits. It runs the engine's code of this moment. */
  take(): EngineChild | undefined;
  /** Starts the process that the next `take` gets, unless one waits already. */
  prepare(): void;
};

/** Keeps at most one interpreter; none waits before the first `prepare`. */
export const keepSpareInterpreter = (command: EngineCommand, log: Logger): SpareInterpreter => {
  let spare: EngineChild | undefined;
  let isDisposed = false;
  const forget = (child: EngineChild): void => {
    if (spare === child) spare = undefined;
  };
  return {
    take: () => {
      const taken = spare;
      spare = undefined;
      taken?.send("start");
      return taken;
    },
    prepare: () => {
      if (spare || isDisposed) return;
      const child = startPython(command, [join(command.pythonFolder, "spare_interpreter.py")], log);
      spare = child;
      void child.exited.then(() => forget(child));
      log.info({ pid: child.pid }, "spare interpreter started");
    },
    [Symbol.asyncDispose]: async () => {
      isDisposed = true;
      spare?.kill("SIGKILL");
      await spare?.exited;
    },
  };
};
