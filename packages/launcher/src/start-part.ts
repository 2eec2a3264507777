import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { LoraloomError } from "@loraloom/errors";
import { logSize, openLog, readLastLines, rotateLog } from "./log-file.ts";
import type { Command, Part, RunningPart } from "./part.ts";
import { endProcessGroup, sendSignal } from "./process-group.ts";
import { identify } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

const logLinesInError = 5;

export type StartOptions = {
  /** Is told the process before it is ready, so that it can be recorded in time. */
  onSpawned?: (running: RunningPart) => void;
  /** Ends the wait, and with it the process. */
  signal?: AbortSignal;
};

/**
 * Starts a part and waits until it can be used.
 *
 * @throws LoraloomError `part_failed` when it ends or isn't ready in time; names its log
 */
export const startPart = async (part: Part, options: StartOptions = {}): Promise<RunningPart> => {
  await rotateLog(part.logFile);
  const logged = await logSize(part.logFile);
  const command = await part.prepare();
  options.signal?.throwIfAborted();
  const running = await spawnPart(part, command);
  options.onSpawned?.(running);
  try {
    await waitUntilReady(part, running, { logged, ...options });
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
};

const spawnPart = async (part: Part, command: Command): Promise<RunningPart> => {
  const { file, args, ...options } = command;
  const log = openLog(part.logFile);
  // A group of its own: Ctrl-C in a terminal reaches the launcher only, which ends the parts in order.
  // The log is the child's own descriptor, so that a part outlives a killed launcher without broken pipes.
  const stdio: StdioOptions = ["ignore", log.descriptor, log.descriptor];
  const child = spawn(file, args, { ...options, detached: true, stdio });
  log.close();
  const ended = waitForEnd(child);
  if (child.pid === undefined) throw partFailed(part, await ended);
  return toRunningPart(part, child.pid, ended);
};

const waitForEnd = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be started (${error.message})`));
    child.once("exit", (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with ${code}`));
  });

const toRunningPart = async (part: Part, pid: number, ended: Promise<string>): Promise<RunningPart> => {
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopProcess(part, pid, ended);
    return stopping;
  };
  const { name, stopSignal, stopTimeoutMs } = part;
  const identity = await identify(pid).catch(async (cause) => {
    throw partFailed(part, await ended, cause);
  });
  const kill = () => sendSignal(-pid, "SIGKILL");
  return { ...identity, name, stopSignal, stopTimeoutMs, ended, stop, kill };
};

const stopProcess = async (part: Part, pid: number, ended: Promise<string>): Promise<void> => {
  let isEnded = false;
  ended.then(() => {
    isEnded = true;
  });
  sendSignal(pid, part.stopSignal);
  if (!(await waitUntil(() => isEnded, part.stopTimeoutMs))) sendSignal(-pid, "SIGKILL");
  await ended;
  await endProcessGroup(pid, 0);
};

type Wait = {
  /** The size of the part's log before it was started. */
  logged: number;
  signal?: AbortSignal | undefined;
};

const waitUntilReady = async (part: Part, running: RunningPart, { logged, signal }: Wait): Promise<void> => {
  let end: string | undefined;
  running.ended.then((reason) => {
    end = reason;
  });
  const isDecided = async () => end !== undefined || signal?.aborted || (await part.isReady());
  const isInTime = await waitUntil(isDecided, part.readyTimeoutMs);
  signal?.throwIfAborted();
  if (end !== undefined) throw partFailed(part, end, await lastLogLines(part, logged));
  if (!isInTime) {
    const late = `was not ready after ${part.readyTimeoutMs / 1000} s`;
    throw partFailed(part, late, await lastLogLines(part, logged));
  }
};

const lastLogLines = (part: Part, from: number): Promise<string> =>
  readLastLines(part.logFile, { from, count: logLinesInError });

const partFailed = (part: Part, reason: string, cause?: unknown): LoraloomError => {
  const detail = typeof cause === "string" ? `\n${cause}` : "";
  return new LoraloomError("part_failed", `${part.name} ${reason}. Its log: ${part.logFile}${detail}`, {
    details: { part: part.name, logFile: part.logFile },
    ...(cause instanceof Error && { cause }),
  });
};
