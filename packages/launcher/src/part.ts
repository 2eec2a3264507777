import type { ProcessIdentity } from "./process-identity.ts";

export type Command = {
  file: string;
  args: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  cwd: string;
  /** Another user to run as; absent for one's own. */
  uid?: number;
  gid?: number;
};

/** A program that the launcher starts, watches and ends: Postgres, SeaweedFS, the host, a worker. */
export type Part = {
  name: string;
  logFile: string;
  /** Makes what the program needs (folders, configuration) and says how to start it. Repeated at each start. */
  prepare: () => Promise<Command>;
  /** Whether it can be used; polled. */
  isReady: () => Promise<boolean>;
  readyTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** After this it is killed. */
  stopTimeoutMs: number;
};

/** What a later launcher must know of a process to end it as its own would. */
export type RecordedPart = ProcessIdentity & Pick<Part, "name" | "stopSignal" | "stopTimeoutMs">;

export type RunningPart = RecordedPart & {
  /** Resolves when the process has ended, with a sentence on how. */
  ended: Promise<string>;
  /** Ends it cleanly; resolves when it is gone. A second call waits for the first. */
  stop: () => Promise<void>;
  /** Kills it with all that it started. */
  kill: () => void;
};
