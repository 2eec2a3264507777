import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { isErrno } from "./errno.ts";
import { readLinuxStat } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

/** A killed process leaves the table within milliseconds; more means that it hangs in the kernel. */
const killTimeoutMs = 5_000;

/**
 * Ends what is left of a part's process group after its leader is gone, e.g. the engine of a killed worker:
 * first waits `graceMs` milliseconds, because such a child may be saving its work, then kills.
 */
export const endProcessGroup = async (groupId: number, graceMs: number): Promise<void> => {
  const isEmpty = async () => (await countGroupMembers(groupId)) === 0;
  if (await waitUntil(isEmpty, graceMs)) return;
  sendSignal(-groupId, "SIGKILL");
  await waitUntil(isEmpty, killTimeoutMs);
};

/** Sends a signal; a process (or, for a negative id, a group) that is gone already is no error. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
};

const countGroupMembers = (groupId: number): Promise<number> =>
  process.platform === "linux" ? countLinuxGroupMembers(groupId) : countPsGroupMembers(groupId);

const countLinuxGroupMembers = async (groupId: number): Promise<number> => {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const stats = await Promise.all(pids.map(readLinuxStat));
  return stats.filter((stat) => stat?.processGroup === groupId && stat.state !== "Z").length;
};

const countPsGroupMembers = async (groupId: number): Promise<number> => {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pgid=,stat="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.filter(([group, state]) => Number(group) === groupId && !state?.startsWith("Z")).length;
};
