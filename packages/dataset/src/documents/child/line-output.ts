import { once } from "node:events";
import type { Writable } from "node:stream";

/** A write costs as much as a hundred short lines. */
const batchCharacters = 64 * 1024;
/** Whoever waits for the first page waits no longer for others. */
const longestHoldMs = 50;

/** Writes lines in batches, no faster than they are read at the other end. */
export class LineOutput {
  private readonly stream: Writable;
  private batch = "";
  private flushedAt = Number.NEGATIVE_INFINITY;

  constructor(stream: Writable) {
    this.stream = stream;
  }

  async write(line: string): Promise<void> {
    this.batch += `${line}\n`;
    const isDue = this.batch.length >= batchCharacters || performance.now() - this.flushedAt > longestHoldMs;
    if (isDue) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.batch;
    this.batch = "";
    if (!this.stream.write(batch)) await once(this.stream, "drain");
    this.flushedAt = performance.now();
  }
}
