import { spawn } from "node:child_process";
import type { StopSignals } from "./commands/until-stopped.ts";
import type { Command } from "./part.ts";
import { sendSignal } from "./process-group.ts";

/**
 * Runs a program to its end, with this process's own output.
 *
 * @returns its exit code; 1 where a signal ended it
 */
export const runInForeground = (
  { file, args, ...options }: Command,
  { stop, stopNow }: StopSignals,
): Promise<number> =>
  new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C in a terminal reaches us only, and comes to it once.
    const child = spawn(file, args, {
      ...options,
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
    const { pid } = child;
    if (pid === undefined) return;
    const end = () => sendSignal(pid, "SIGTERM");
    if (stop.aborted) end();
    stop.addEventListener("abort", end, { once: true });
    stopNow.addEventListener("abort", () => sendSignal(-pid, "SIGKILL"), { once: true });
  });
