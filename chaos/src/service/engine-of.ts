import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The engine of a worker: the process below it that has none below itself. An interpreter may stand between. */
export const engineOf = async (workerPid: number): Promise<number | undefined> => {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,stat="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  const living = rows.filter(([, , state]) => state && !state.startsWith("Z"));
  const childOf = (pid: number) => living.find(([, parent]) => Number(parent) === pid)?.[0];
  return descend(workerPid, childOf);
};

const descend = (pid: number, childOf: (pid: number) => string | undefined): number | undefined => {
  const child = childOf(pid);
  if (child === undefined) return undefined;
  return descend(Number(child), childOf) ?? Number(child);
};
