import { setTimeout as delay } from "node:timers/promises";

export type ProgressLine = { type: "progress" };

/** Hosts give up on a worker that is silent for longer. */
const usualPauseMilliseconds = 5_000;

/**
 * The line that work ends with, after one that says that it has begun and one after each pause while it
 * lasts: whoever waits for it shall not take this worker for dead.
 */
export async function* withProgress<Line extends object>(
  work: Promise<Line>,
  pauseMilliseconds = usualPauseMilliseconds,
): AsyncGenerator<Line | ProgressLine> {
  const ended = new AbortController();
  // Taken note of at once: it may fail while nobody asks for the next line.
  const settled = Promise.allSettled([work]).finally(() => ended.abort());
  try {
    do yield { type: "progress" };
    while (!(await isAbortedWithin(pauseMilliseconds, ended.signal)));
    yield await work;
  } finally {
    await settled;
  }
}

const isAbortedWithin = async (milliseconds: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await delay(milliseconds, undefined, { signal });
    return false;
  } catch (error) {
    if (!signal.aborted) throw error;
    return true;
  }
};
