/** Does the work for every item, so many at a time. Fails with the first failure. */
export const atOnce = async <Item>(
  limit: number,
  items: Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const waiting = items.values();
  const takeTurns = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, takeTurns));
};
