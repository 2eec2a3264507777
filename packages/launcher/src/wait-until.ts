import { setTimeout as sleep } from "node:timers/promises";

/** Short enough that a part which is ready in 0.1 s isn't waited for much longer. */
const pollIntervalMs = 50;

/**
 * Polls a condition until it holds.
 *
 * @returns whether it held before `timeoutMs` milliseconds were over
 */
export const waitUntil = async (
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await sleep(pollIntervalMs);
  }
  return true;
};
