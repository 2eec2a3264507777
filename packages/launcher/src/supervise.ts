import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/errors";
import { leftoverGraceMs } from "./orphans.ts";
import type { Part, RunningPart } from "./part.ts";
import { endProcessGroup, sendSignal } from "./process-group.ts";
import { startPart } from "./start-part.ts";

const usualFirstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** Who ran for so long has recovered: the next fault is a new one. */
const recoveredAfterMs = 60_000;

export type SuperviseOptions = {
  report: (line: string) => void;
  /** Is told each process as soon as it exists. */
  onSpawned: (running: RunningPart) => void;
  /** Ends a start that waits; what ends after it was meant to. */
  signal: AbortSignal;
  /** How long it waits before the first restart; 1 s by default, and twice as long before each of the next. */
  firstDelayMs?: number;
};

export type SupervisedPart = {
  /** Ends the part and starts it again at once, also where it waits to be started again. */
  restart: () => Promise<void>;
  /** Sends it a signal; one that is not ready could not act on it and starts again instead. */
  notify: (signal: NodeJS.Signals) => Promise<void>;
  stop: () => Promise<void>;
};

type State = {
  firstDelayMs: number;
  running: RunningPart;
  isReady: boolean;
  delayMs: number;
  isRestartWanted: boolean;
  /** Ends the pause before a restart, if there is one. */
  pause: AbortController;
  stopping: AbortController;
};

/**
 * Starts a part and starts it again whenever it ends, after 1 s, 2 s, … 30 s.
 *
 * @throws LoraloomError `part_failed` when the first start fails; later failures are reported and repeated
 */
export const supervisePart = async (part: Part, options: SuperviseOptions): Promise<SupervisedPart> => {
  const { firstDelayMs = usualFirstDelayMs } = options;
  const state: State = {
    firstDelayMs,
    running: await startPart(part, options),
    isReady: true,
    delayMs: firstDelayMs,
    isRestartWanted: false,
    pause: new AbortController(),
    stopping: new AbortController(),
  };
  const watching = watch(part, state, options);
  const restart = async (): Promise<void> => {
    state.isRestartWanted = true;
    state.pause.abort();
    await state.running.stop();
  };
  return {
    restart,
    notify: async (signal) => {
      if (!state.isReady) return restart();
      sendSignal(state.running.pid, signal);
    },
    stop: async () => {
      state.stopping.abort();
      await state.running.stop();
      await watching;
    },
  };
};

const watch = async (part: Part, state: State, options: SuperviseOptions): Promise<void> => {
  const signal = AbortSignal.any([state.stopping.signal, options.signal]);
  while (!signal.aborted) {
    const startedAt = performance.now();
    const reason = await state.running.ended;
    state.isReady = false;
    if (signal.aborted) return;
    if (performance.now() - startedAt > recoveredAfterMs) state.delayMs = state.firstDelayMs;
    await pauseBeforeRestart(part, state, { reason, report: options.report });
    await endProcessGroup(state.running.pid, leftoverGraceMs);
    if (!signal.aborted) await startAgain(part, state, options);
  }
};

const pauseBeforeRestart = async (
  part: Part,
  state: State,
  { reason, report }: { reason: string; report: (line: string) => void },
): Promise<void> => {
  if (!state.isRestartWanted) {
    report(`${part.name} ${reason}; it starts again in ${state.delayMs / 1000} s. Its log: ${part.logFile}`);
    await pauseFor(state);
  }
  state.delayMs = state.isRestartWanted ? state.firstDelayMs : Math.min(state.delayMs * 2, longestDelayMs);
  if (state.isRestartWanted) report(`${part.name} starts again.`);
  state.isRestartWanted = false;
};

const pauseFor = async (state: State): Promise<void> => {
  state.pause = new AbortController();
  const signal = AbortSignal.any([state.pause.signal, state.stopping.signal]);
  await sleep(state.delayMs, undefined, { signal }).catch(ignoreAbort);
};

const startAgain = async (part: Part, state: State, options: SuperviseOptions): Promise<void> => {
  const onSpawned = (running: RunningPart) => {
    // Known before it is ready, so that a stop reaches it.
    state.running = running;
    options.onSpawned(running);
  };
  try {
    await startPart(part, { ...options, onSpawned, signal: state.stopping.signal });
    state.isReady = true;
    options.report(`${part.name} is ready again.`);
  } catch (error) {
    if (state.stopping.signal.aborted) return;
    // The process has ended, so the next round reports the end and tries again.
    if (!isLoraloomError(error)) options.report(`${part.name} could not be started: ${String(error)}`);
  }
};

const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
};
