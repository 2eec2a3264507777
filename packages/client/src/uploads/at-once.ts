export type AtOnce = {
  /** So many items at a time. */
  limit: number;
  signal: AbortSignal | undefined;
};

/**
 * Does the work for every item. The first failure ends it: no further item is begun, the signal of those under way is
 * aborted with that failure, and they are waited for.
 *
 * @throws the first failure, or the given signal's reason
 */
export const atOnce = async <Item>(
  items: Item[],
  { limit, signal }: AtOnce,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end);
  const waiting = items.values();
  const takeTurns = async () => {
    for (const item of waiting) {
      ending.signal.throwIfAborted();
      await work(item, ending.signal);
    }
  };
  const lanes = Array.from({ length: Math.min(limit, items.length) }, takeTurns);
  await Promise.all(lanes.map((lane) => lane.catch((failure: unknown) => ending.abort(failure))));
  signal?.removeEventListener("abort", end);
  ending.signal.throwIfAborted();
};
