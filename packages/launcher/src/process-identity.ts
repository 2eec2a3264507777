import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { isErrno } from "./errno.ts";

/**
 * A process beyond doubt: a pid is used again after a while, a pid with its start time is not.
 */
export type ProcessIdentity = { pid: number; startTime: string };

const run = promisify(execFile);

/** When a process started, as an opaque string; `null` when there is no such process or it is a zombie. */
export const readStartTime = (pid: number): Promise<string | null> =>
  process.platform === "linux" ? readLinuxStartTime(pid) : readPsStartTime(pid);

/** @throws Error when the process is already gone */
export const identify = async (pid: number): Promise<ProcessIdentity> => {
  const startTime = await readStartTime(pid);
  if (startTime === null) throw new Error(`Process ${pid} is gone.`);
  return { pid, startTime };
};

/** Whether exactly this process still runs. */
export const isAlive = async ({ pid, startTime }: ProcessIdentity): Promise<boolean> =>
  (await readStartTime(pid)) === startTime;

const readLinuxStartTime = async (pid: number): Promise<string | null> => {
  const fields = await readLinuxStat(pid);
  if (!fields || fields.state === "Z") return null;
  // Ticks count from boot: without the boot's id a number could come back after a restart of the machine.
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  return `${bootId.trim()}:${fields.startTicks}`;
};

type LinuxStat = { state: string; processGroup: number; startTicks: string };

/** Fields 3, 5 and 22 of `/proc/<pid>/stat` (proc_pid_stat(5)); `null` when there is no such process. */
export const readLinuxStat = async (pid: number): Promise<LinuxStat | null> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", processGroup: Number(fields[2]), startTicks: fields[19] ?? "" };
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ESRCH")) return null;
    throw error;
  }
};

const readPsStartTime = async (pid: number): Promise<string | null> => {
  try {
    const { stdout } = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const [state = "", ...startTime] = stdout.trim().split(/\s+/);
    return state === "" || state.startsWith("Z") ? null : startTime.join(" ");
  } catch (error) {
    // ps ends with 1 when no process matches.
    if (error instanceof Error && "code" in error && error.code === 1) return null;
    throw error;
  }
};
