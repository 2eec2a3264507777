import { execFile } from "node:child_process";
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { promisify } from "node:util";
import type { Calibration } from "./calibrate/calibration.ts";
import { repositoryRoot } from "./repository.ts";

/** What the figures were measured on. */
export type Machine = {
  system: string;
  processor: string;
  cores: number;
  /** Bytes. */
  memory: number;
  node: string;
  /** Processes that wanted a core in the minute before. */
  load: number;
  calibration: Calibration[];
};

/** Call it first: it tells what else the machine had to do before. */
export const describeMachine = (): Omit<Machine, "calibration"> => {
  const processors = cpus();
  return {
    system: `${platform()} ${release()}`,
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memory: totalmem(),
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
};

/** The commit that was measured, with a `+` where files were changed since; null outside of a checkout. */
export const readCommit = async (): Promise<string | null> => {
  try {
    const git = async (...args: string[]) =>
      (await promisify(execFile)("git", args, { cwd: repositoryRoot })).stdout.trim();
    const changed = await git("status", "--porcelain");
    return `${await git("rev-parse", "HEAD")}${changed === "" ? "" : "+"}`;
  } catch {
    // A downloaded archive has no history, and not every machine has git.
    return null;
  }
};
