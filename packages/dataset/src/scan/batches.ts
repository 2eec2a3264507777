import type { Pacer } from "./pacer.ts";
import type { Scanned } from "./scanned.ts";

/** What one item of a file came to: nothing, one thing, or more than should be in memory at once. */
export type ReadItem = Scanned | Iterable<Scanned[]> | undefined;

/** Reads items that are at hand, a batch at a time, with turns for the other work of the process. */
export async function* batches<Item>(
  pacer: Pacer,
  items: Iterable<Item>,
  read: (item: Item) => ReadItem,
): AsyncGenerator<Scanned[]> {
  let batch: Scanned[] = [];
  for (const item of items) {
    let result: ReadItem;
    try {
      result = read(item);
    } catch (error) {
      // What was read before the file ended in a fault counts.
      yield batch;
      throw error;
    }
    if (result !== undefined && Symbol.iterator in result) {
      yield batch;
      batch = [];
      yield* paced(pacer, result);
    } else if (result !== undefined) {
      batch.push(result);
    }
    if (!pacer.isDue()) continue;
    yield batch;
    batch = [];
    await pacer.turn();
  }
  yield batch;
}

/** Gives batches on, with turns between them. */
export async function* paced(pacer: Pacer, all: Iterable<Scanned[]>): AsyncGenerator<Scanned[]> {
  for (const batch of all) {
    yield batch;
    if (pacer.isDue()) await pacer.turn();
  }
}
