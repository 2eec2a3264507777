import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** V8 bounds its own heap; buffers that a bomb unpacks into lie outside of it and grow by about 1 GB/s. */
const pollMs = process.platform === "linux" ? 50 : 250;

/**
 * Calls `onExceeded` once, when a process holds more than `limitBytes` of resident memory.
 *
 * Ends by itself when the process is gone or its memory can't be read any more.
 */
export const watchMemory = (pid: number, limitBytes: number, onExceeded: () => void): Disposable => {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async () => {
    const resident = await residentBytes(pid);
    if (isStopped || resident === undefined) return;
    if (resident > limitBytes) return onExceeded();
    timer = setTimeout(look, pollMs);
    timer.unref();
  };
  void look();
  return {
    [Symbol.dispose]() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
};

/** Undefined where the process is gone. */
const residentBytes = (pid: number): Promise<number | undefined> =>
  process.platform === "linux" ? readLinuxResident(pid) : readPsResident(pid);

const readLinuxResident = async (pid: number): Promise<number | undefined> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => undefined);
  const kibibytes = status?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
};

const readPsResident = async (pid: number): Promise<number | undefined> => {
  const listed = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]).catch(() => undefined);
  return listed === undefined ? undefined : Number(listed.stdout) * 1024;
};
