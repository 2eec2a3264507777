import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { platform } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Short enough for peaks between two collections of garbage. */
const sampleMilliseconds = 20;

export type MemoryWatch = { stop: () => Promise<number[]> };

/** Samples a process's resident memory until it is told to stop. @returns bytes, one a sample */
export const watchMemory = (pid: number): MemoryWatch => {
  const stopping = new AbortController();
  const sampling = sample(pid, stopping.signal);
  // A process that has ended is told of by stop(); unheard until then, it would end us with everything still running.
  sampling.catch(() => undefined);
  return {
    stop: () => {
      stopping.abort();
      return sampling;
    },
  };
};

const sample = async (pid: number, signal: AbortSignal): Promise<number[]> => {
  const samples: number[] = [];
  while (!signal.aborted) {
    samples.push(await residentBytes(pid));
    await sleep(sampleMilliseconds);
  }
  return [...samples, await residentBytes(pid)];
};

const residentBytes = async (pid: number): Promise<number> => {
  const kibibytes = platform() === "linux" ? await fromProc(pid) : await fromPs(pid);
  return kibibytes * 1024;
};

const fromProc = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
};

const fromPs = async (pid: number): Promise<number> => {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout);
};
