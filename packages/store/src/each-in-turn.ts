/** So many failures in a row say that the store or the database is gone, and the rest would only wait for it. */
const hopeless = 10;

/**
 * Does work for each item, one after the other: an item that fails doesn't keep the others from their turn.
 * After ten failures in a row the rest is left to the next time.
 *
 * @throws the failure, or an AggregateError of all where there are several, at the end
 */
export const eachInTurn = async <Item>(
  items: Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> => {
  const failures: unknown[] = [];
  let inARow = 0;
  for (const item of items) {
    try {
      await work(item);
      inARow = 0;
    } catch (error) {
      failures.push(error);
      inARow += 1;
    }
    if (inARow === hopeless) break;
  }
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} of ${items.length} failed`);
  if (failures.length === 1) throw failures[0];
};
