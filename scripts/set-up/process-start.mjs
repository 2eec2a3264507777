import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** When a process started, as an opaque string; null when there is none. */
export const startTimeOf = async (pid) => {
  try {
    return process.platform === "linux" ? await linuxStartTime(pid) : await psStartTime(pid);
  } catch {
    // Neither system tells a missing process from another fault here, and both mean: not this owner.
    return null;
  }
};

/** A pid alone comes back after a while and, in containers, at once. */
export const isSameProcess = async ({ pid, startTime }) => (await startTimeOf(pid)) === startTime;

const linuxStartTime = async (pid) => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Field 22; the second one is a name in parentheses that may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : fields[19];
};

const psStartTime = async (pid) =>
  (await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)])).stdout.trim();
