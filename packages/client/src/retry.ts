import { isLoraloomError } from "./errors.ts";

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/** Attempts of one call: with the delays below about 2 s, enough for a dropped connection. */
export const usualAttempts = 4;

/** With the delays below about a minute: who has reached the server before waits for a lost connection to come back. */
export const patientAttempts = 12;

/** Runs an operation again, after growing random delays, as long as it fails with a retryable error. */
export const retrying = async <Result>(
  operation: () => Promise<Result>,
  signal?: AbortSignal,
  attempts = usualAttempts,
): Promise<Result> => {
  for (let failures = 1; ; failures++) {
    try {
      return await operation();
    } catch (error) {
      if (!isLoraloomError(error) || !error.retryable || failures === attempts) throw error;
      await delay(backoffMs(failures), signal);
    }
  }
};

/** Half of a doubling delay plus a random part, so that many clients do not return in one moment. */
export const backoffMs = (failures: number): number => {
  const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
  return longest / 2 + (Math.random() * longest) / 2;
};

/** Waits; throws the signal's reason as soon as it is aborted. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
