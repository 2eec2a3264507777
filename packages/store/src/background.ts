import type { Logger } from "./store.ts";

/** Between two turns of one key, so that many requests become few. */
const pauseMilliseconds = 500;

/** Runs work that nobody waits for, one at a time for each key. */
export type Background = {
  /**
   * Runs the work now or, while work of this key runs, once more after it: a thousand requests
   * become a handful of turns. A failure is logged; a side job repeats what is still due.
   */
  request(key: string, work: () => Promise<unknown>): void;
  /** Resolves once nothing runs and nothing is asked for. */
  settled(): Promise<void>;
};

export const createBackground = (log: Logger): Background => {
  const running = new Map<string, Promise<void>>();
  const requested = new Map<string, () => Promise<unknown>>();

  const turns = async (key: string): Promise<void> => {
    for (let work = take(key); work; work = take(key)) {
      await work().catch((error) =>
        log.warn({ error, key }, "background work failed; a side job repeats it"),
      );
      if (requested.has(key)) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
    running.delete(key);
  };
  const take = (key: string) => {
    const work = requested.get(key);
    requested.delete(key);
    return work;
  };

  return {
    request(key, work) {
      requested.set(key, work);
      if (!running.has(key)) running.set(key, turns(key));
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
};
