/** Tells waiting readers that a topic may have something new. */
export type WakeUps = {
  wake: (topic: string) => void;
  wakeAll: () => void;
  subscribe: (topic: string) => Subscription;
  /** What somebody waits for. */
  topics: () => string[];
};
export type Subscription = Disposable & {
  /** Resolves at the next wake-up, at once if there was one since the last call, or when aborted. */
  next: (signal?: AbortSignal) => Promise<void>;
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
    topics: () => [...topics.keys()],
  };
};

const subscribe = (topics: Map<string, Set<() => void>>, topic: string): Subscription => {
  let woken = Promise.withResolvers<void>();
  const listener = () => woken.resolve();
  const listeners = topics.get(topic) ?? new Set();
  topics.set(topic, listeners.add(listener));
  return {
    next: async (signal) => {
      await wokenOrAborted(woken.promise, signal);
      woken = Promise.withResolvers();
    },
    [Symbol.dispose]: () => {
      listeners.delete(listener);
      if (listeners.size === 0) topics.delete(topic);
    },
  };
};

const wokenOrAborted = (woken: Promise<void>, signal?: AbortSignal): Promise<void> => {
  if (!signal) return woken;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  void woken.then(resolve);
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
};
