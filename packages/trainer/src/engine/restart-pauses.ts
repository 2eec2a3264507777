const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 30_000;
/** An engine that served for so long is taken for sound: its end is a new story. */
const healthyMilliseconds = 60_000;

/** How long to wait before an engine is started again. */
export type RestartPauses = {
  /**
   * Milliseconds until the next start: none after a first crash, then longer and longer, up to 30 s.
   *
   * @param servedMilliseconds how long the engine had its base model loaded; 0: it did not come up
   */
  after(servedMilliseconds: number): number;
  /** Forgets the crashes: what comes next is another engine, such as one of changed code. */
  reset(): void;
};

export const createRestartPauses = (): RestartPauses => {
  let next = 0;
  return {
    after: (servedMilliseconds) => {
      const pause = servedMilliseconds >= healthyMilliseconds ? 0 : next;
      next = Math.min(Math.max(2 * pause, firstPauseMilliseconds), longestPauseMilliseconds);
      return pause;
    },
    reset: () => {
      next = 0;
    },
  };
};
