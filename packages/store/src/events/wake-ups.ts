/** Tells waiting readers that a topic may have something new. */
export type WakeUps = {
  wake: (topic: string) => void;
  wakeAll: () => void;
  subscribe: (topic: string) => Subscription;
};
export type Subscription = Disposable & {
  /** Resolves at the next wake-up, at once if there was one since the last call, or after `milliseconds`. */
  next: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
};

export const createWakeUps = (): WakeUps => {
  const topics = new Map<string, Set<() => void>>();
  const wake = (topic: string): void => {
    for (const listener of topics.get(topic) ?? []) listener();
  };
  return {
    wake,
    wakeAll: () => {
      for (const topic of topics.keys()) wake(topic);
    },
    subscribe: (topic) => subscribe(topics, topic),
  };
};

const subscribe = (topics: Map<string, Set<() => void>>, topic: string): Subscription => {
  let woken = Promise.withResolvers<void>();
  const listener = () => woken.resolve();
  const listeners = topics.get(topic) ?? new Set();
  topics.set(topic, listeners.add(listener));
  return {
    next: async (milliseconds, signal) => {
      await firstOf(woken.promise, milliseconds, signal);
      woken = Promise.withResolvers();
    },
    [Symbol.dispose]: () => {
      listeners.delete(listener);
      if (listeners.size === 0) topics.delete(topic);
    },
  };
};

const firstOf = (woken: Promise<void>, milliseconds: number, signal?: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const onAbort = () => resolve();
  if (signal?.aborted) resolve();
  signal?.addEventListener("abort", onAbort, { once: true });
  void woken.then(resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
};
