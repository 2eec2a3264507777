import type { RowHash } from "./row-hash.ts";

const words = 4;
const firstCapacity = 1024;
/** Fuller, a search takes long; emptier, memory is wasted. */
const fullest = 0.8;
const growth = 1.5;

/** Hashes of rows in 16 bytes each and some room to grow: open addressing, nothing is ever taken out. */
export class RowHashSet {
  private capacity = firstCapacity;
  private table = new Uint32Array(firstCapacity * words);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Whether the hash was new. */
  add(hash: RowHash): boolean {
    if (this.count + 1 > this.capacity * fullest) this.grow();
    const key = wordsOf(hash);
    const at = this.find(key);
    if (this.isUsed(at)) return false;
    this.table.set(key, at);
    this.count += 1;
    return true;
  }

  has(hash: RowHash): boolean {
    return this.isUsed(this.find(wordsOf(hash)));
  }

  /** Where the key stands, or the free place where it belongs. */
  private find([a, b, c, d]: Key): number {
    let slot = a % this.capacity;
    for (;;) {
      const at = slot * words;
      if (!this.isUsed(at)) return at;
      const { table } = this;
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return at;
      slot = slot + 1 === this.capacity ? 0 : slot + 1;
    }
  }

  /** The last word of a key is never 0. */
  private isUsed(at: number): boolean {
    return this.table[at + words - 1] !== 0;
  }

  private grow(): void {
    const old = this.table;
    this.capacity = Math.ceil(this.capacity * growth);
    this.table = new Uint32Array(this.capacity * words);
    for (let at = 0; at < old.length; at += words) {
      if (old[at + words - 1] === 0) continue;
      const key: Key = [old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0];
      this.table.set(key, this.find(key));
    }
  }
}

type Key = [number, number, number, number];

/** Eight digits of the hash a word; 0 marks a free place, so that it is written as 1. */
const wordsOf = (hash: RowHash): Key => [
  Number.parseInt(hash.slice(0, 8), 16),
  Number.parseInt(hash.slice(8, 16), 16),
  Number.parseInt(hash.slice(16, 24), 16),
  Number.parseInt(hash.slice(24, 32), 16) || 1,
];
