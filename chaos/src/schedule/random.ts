import { createHash } from "node:crypto";

/** Numbers that follow from a text alone. */
export type Random = {
  /** A number from `least` to, not including, `most`. */
  between: (least: number, most: number) => number;
  /** A whole number below `limit`. */
  below: (limit: number) => number;
  pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  chance: (probability: number) => boolean;
  shuffled: <Item>(items: readonly Item[]) => Item[];
};

/** Mulberry32, begun with a hash of the text: any text gives a stream of its own. */
export const createRandom = (text: string): Random => {
  let state = createHash("sha256").update(text).digest().readUInt32BE();
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    between: (least, most) => least + next() * (most - least),
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ item }) => item),
  };
};
