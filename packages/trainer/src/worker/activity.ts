/** The next message of a conversation mostly comes this soon. */
const lingerMilliseconds = 10_000;

/** What goes on at a worker's engine: runs in training, and calls of its gateway. */
export type Activity = {
  /** A run that goes on until it is disposed of. */
  beginRun(): Disposable;
  /** The lines of a call's answer; the call goes on while they are read. */
  duringCall<Line>(lines: AsyncIterable<Line>): AsyncGenerator<Line>;
  /** Whether nothing goes on, and no call has ended within 10 s. */
  isIdle(): boolean;
  /** Resolves once nothing goes on, or after so many milliseconds. */
  whenOver(milliseconds: number): Promise<void>;
};

/** @param now milliseconds of a clock that only rises */
export const createActivity = (now = () => performance.now()): Activity => {
  let open = 0;
  let lastCallAt = Number.NEGATIVE_INFINITY;
  const waiting = new Set<() => void>();
  const begin = (): Disposable => {
    open += 1;
    return {
      [Symbol.dispose]: () => {
        open -= 1;
        if (open === 0) for (const resolve of waiting) resolve();
      },
    };
  };
  return {
    beginRun: begin,
    async *duringCall(lines) {
      using _open = begin();
      try {
        yield* lines;
      } finally {
        lastCallAt = now();
      }
    },
    isIdle: () => open === 0 && now() - lastCallAt >= lingerMilliseconds,
    whenOver: (milliseconds) =>
      new Promise((resolve) => {
        if (open === 0) return resolve();
        const over = (): void => {
          clearTimeout(timer);
          waiting.delete(over);
          resolve();
        };
        const timer = setTimeout(over, milliseconds);
        waiting.add(over);
      }),
  };
};
