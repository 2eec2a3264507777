import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pauseUntil } from "../pause-until.ts";

export type ProcessState = "goes on" | "stopped" | "gone";

/** What the system's table says of a process, whatever was sent to it. A zombie is gone. */
export const processState = async (pid: number): Promise<ProcessState> => {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,stat="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const [, state = "Z"] = rows.find(([id]) => Number(id) === pid) ?? [];
  if (state.startsWith("Z")) return "gone";
  return state.startsWith("T") ? "stopped" : "goes on";
};

/** A fast stop of Postgres on a busy machine takes seconds. */
const longestWaitSeconds = 30;
const pollMs = 50;

/** Waits for a process to come into one of these states. @returns whether it has */
export const untilIn = async (pid: number, states: ProcessState[], signal: AbortSignal): Promise<boolean> => {
  const deadline = performance.now() + longestWaitSeconds * 1000;
  while (!states.includes(await processState(pid))) {
    if (performance.now() > deadline) return false;
    if (!(await pauseUntil(performance.now() + pollMs, signal))) return false;
  }
  return true;
};
