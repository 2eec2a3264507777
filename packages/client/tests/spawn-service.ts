import { spawn } from "node:child_process";
import { once } from "node:events";

export type Service = AsyncDisposable & {
  isRunning: () => boolean;
  printed: () => string;
  /** kill -9; resolves when it is gone. */
  kill: () => Promise<void>;
};

/**
 * Runs a program of ours with nothing of this process's environment but the path, and where Node keeps what it has
 * compiled; told to end at the end.
 */
export const spawnService = (main: string, env: Record<string, string>): Service => {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk) => lines.push(String(chunk)));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (!isRunning()) return;
    child.kill(signal);
    await once(child, "exit");
  };
  return {
    isRunning,
    printed: () => lines.join(""),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
};
