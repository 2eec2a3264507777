import { readdir, readFile } from "node:fs/promises";
import { isErrno } from "@loraloom/launcher";

type Process = { pid: number; parent: number; peakBytes: number };

/**
 * The peak resident memory, in MB, of some processes and all below them, each at its own peak, added up:
 * an upper bound, since they don't peak together and shared pages count in each.
 *
 * @returns null where the system has no `/proc` (macOS)
 */
export const peakMemoryMB = async (roots: number[]): Promise<number | null> => {
  const processes = await listProcesses();
  if (!processes) return null;
  const tree = new Set(roots);
  // A child may stand before its parent in the list: go through it until nothing is added.
  for (let size = -1; size !== tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  const bytes = processes.filter(({ pid }) => tree.has(pid)).reduce((sum, each) => sum + each.peakBytes, 0);
  return Math.round(bytes / 1e6);
};

const listProcesses = async (): Promise<Process[] | undefined> => {
  const names = await unlessGone(readdir("/proc"));
  if (!names) return undefined;
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return found.filter((each) => each !== undefined);
};

const readProcess = async (pid: string): Promise<Process | undefined> => {
  const status = await unlessGone(readFile(`/proc/${pid}/status`, "utf8"));
  if (!status) return undefined;
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return { pid: Number(pid), parent: field("PPid"), peakBytes: field("VmHWM") * 1024 };
};

/** Processes end while they are listed. */
const unlessGone = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ESRCH")) return undefined;
    throw error;
  }
};
