import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { execa } from "execa";
import { engineEnvironment } from "./environment.ts";

export type EngineCommand = {
  /** The interpreter that has the engine's packages. */
  python: string;
  /** The folder that holds `loraloom_engine`. */
  pythonFolder: string;
};

/** An engine process: lines in, lines out. */
export type EngineChild = {
  pid: number;
  lines: AsyncIterable<string>;
  send(line: string): void;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** Closes its stdin, at which an engine ends by itself. */
  hangUp(): void;
  /** How the process ended, in words. */
  exited: Promise<string>;
};

/** Starts an engine. @throws LoraloomError `bad_configuration` when the interpreter can't be started */
export const startChild = (command: EngineCommand, log: Logger): EngineChild =>
  startPython(command, ["-m", "loraloom_engine"], log);

/**
 * Starts Python with nothing but the listed environment. It is in the worker's process group, so that whoever
 * ends what is left of that group reaches it too; when the worker dies its stdin ends, and so does the engine.
 *
 * @throws LoraloomError `bad_configuration` when the interpreter can't be started
 */
export const startPython = (
  { python, pythonFolder }: EngineCommand,
  args: string[],
  log: Logger,
): EngineChild => {
  const child = execa(python, args, {
    cwd: pythonFolder,
    env: engineEnvironment(process.env),
    extendEnv: false,
    stdin: "pipe",
    buffer: false,
    reject: false,
    // Whoever ends an engine gives it time for its checkpoints.
    forceKillAfterDelay: false,
    encoding: "utf8",
  });
  if (child.pid === undefined)
    throw new LoraloomError("bad_configuration", `LORALOOM_ENGINE_PYTHON='${python}' can't be started.`);
  // Writing to an engine that is gone: its exit is what counts, and that is seen.
  child.stdin.on("error", (error) => log.debug({ err: error }, "the engine's stdin is closed"));
  void logLines(child.iterable({ from: "stderr" }), log);
  return {
    pid: child.pid,
    lines: child.iterable({ from: "stdout" }),
    send: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    hangUp: () => void child.stdin.end(),
    exited: child.then(describeExit),
  };
};

const logLines = async (lines: AsyncIterable<string>, log: Logger): Promise<void> => {
  for await (const line of lines) log.info({ part: "engine" }, line);
};

const describeExit = ({ exitCode, signal }: { exitCode?: number; signal?: string }): string =>
  signal ? `by signal ${signal}` : `with exit code ${exitCode ?? "unknown"}`;
