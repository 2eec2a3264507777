/** Hands values from a callback to one reader, in order, without losing any. */
export type EventQueue<Value> = {
  push(value: Value): void;
  /** Nothing follows; the reader gets what is left first. */
  close(): void;
  /** The reader gets what is left, then this error. */
  fail(error: Error): void;
  [Symbol.asyncIterator](): AsyncGenerator<Value, void, undefined>;
};

export const createEventQueue = <Value>(): EventQueue<Value> => {
  const waiting: Value[] = [];
  let ended: { error?: Error } | undefined;
  let news = Promise.withResolvers<void>();
  const end = (how: { error?: Error }): void => {
    ended ??= how;
    news.resolve();
  };
  return {
    push(value) {
      if (ended) return;
      waiting.push(value);
      news.resolve();
    },
    close: () => end({}),
    fail: (error) => end({ error }),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as Value;
        if (ended?.error) throw ended.error;
        if (ended) return;
        await news.promise;
        news = Promise.withResolvers();
      }
    },
  };
};
