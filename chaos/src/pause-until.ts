import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a moment, as `performance.now()` counts. @returns false at once when the signal is aborted */
export const pauseUntil = async (moment: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleep(Math.max(0, moment - performance.now()), undefined, { signal });
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
};
