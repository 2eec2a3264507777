import type { RowHash } from "./row-hash.ts";

const words = 4;
/** Each grows by itself: one table of a million rows would hold up other work while it grows. */
const shards = 32;
/** Rows of a shard at first; a power of two, as every later one. */
const firstCapacity = 1024;
/** Fuller, a search takes long; emptier, memory is wasted. */
const fullest = 0.8;
const growth = 2;

/** Hashes of rows in 16 bytes each and some room to grow; nothing is ever taken out. */
export class RowHashSet {
  private readonly shards = Array.from({ length: shards }, () => new Shard());
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Whether the hash was new. */
  add(hash: RowHash): boolean {
    const isNew = this.shardOf(hash).add(hash);
    if (isNew) this.count += 1;
    return isNew;
  }

  has(hash: RowHash): boolean {
    return this.shardOf(hash).has(hash);
  }

  private shardOf(hash: RowHash): Shard {
    const shard = this.shards[hash[1] & (shards - 1)];
    if (!shard) throw new RangeError("a hash is of whole words");
    return shard;
  }
}

/** Open addressing. */
class Shard {
  private capacity = firstCapacity;
  private table = new Int32Array(firstCapacity * words);
  private count = 0;

  /** Whether the hash was new. */
  add(hash: RowHash): boolean {
    if (this.count + 1 > this.capacity * fullest) this.grow();
    const [a, b, c, d] = [hash[0], hash[1], hash[2], marked(hash[3])];
    const at = this.find(a, b, c, d);
    if (this.table[at + 3] !== 0) return false;
    this.put(at, a, b, c, d);
    this.count += 1;
    return true;
  }

  has([a, b, c, last]: RowHash): boolean {
    return this.table[this.find(a, b, c, marked(last)) + 3] !== 0;
  }

  /** Where the words stand, or the free place where they belong. */
  private find(a: number, b: number, c: number, d: number): number {
    const { table, capacity } = this;
    for (let slot = a & (capacity - 1); ; slot = (slot + 1) & (capacity - 1)) {
      const at = slot * words;
      const last = table[at + 3];
      if (last === 0) return at;
      if (last === d && table[at] === a && table[at + 1] === b && table[at + 2] === c) return at;
    }
  }

  private put(at: number, a: number, b: number, c: number, d: number): void {
    this.table[at] = a;
    this.table[at + 1] = b;
    this.table[at + 2] = c;
    this.table[at + 3] = d;
  }

  private grow(): void {
    const old = this.table;
    this.capacity = this.capacity * growth;
    this.table = new Int32Array(this.capacity * words);
    for (let at = 0; at < old.length; at += words) {
      const [a = 0, b = 0, c = 0, d = 0] = [old[at], old[at + 1], old[at + 2], old[at + 3]];
      if (d !== 0) this.put(this.find(a, b, c, d), a, b, c, d);
    }
  }
}

/** A free place has 0 as its last word: no hash has. */
const marked = (last: number): number => last || 1;
