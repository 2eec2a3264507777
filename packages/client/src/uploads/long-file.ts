import type { Stats } from "node:fs";

/** Of a file, as it was when it was opened. */
type Opened = { path: string; stats: Stats };
type Range = { start: number; end: number };

/**
 * A file above 4 GiB, or a part of it, as uploads read one: by slices into memory. Node's own blob of a file counts its
 * bytes in 32 bits. Reading fails when the file has changed since it was opened.
 */
export class LongFile extends Blob {
  private readonly opened: Opened;
  private readonly range: Range;

  constructor(opened: Opened, range: Range = { start: 0, end: opened.stats.size }) {
    super();
    this.opened = opened;
    this.range = range;
  }

  override get size(): number {
    return this.range.end - this.range.start;
  }

  override slice(start = 0, end = this.size): LongFile {
    const within = (at: number) => this.range.start + Math.max(0, Math.min(at, this.size));
    return new LongFile(this.opened, { start: within(start), end: within(end) });
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const fs = process.getBuiltinModule("node:fs/promises");
    await using file = await fs.open(this.opened.path);
    const bytes = new Uint8Array(this.size);
    for (let filled = 0; filled < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, this.range.start + filled);
      if (bytesRead === 0) throw this.changed();
      filled += bytesRead;
    }
    if (!isSame(await file.stat(), this.opened.stats)) throw this.changed();
    return bytes.buffer;
  }

  override stream(): never {
    throw bySlices();
  }

  override text(): never {
    throw bySlices();
  }

  override bytes(): never {
    throw bySlices();
  }

  private changed(): Error {
    return new Error(`'${this.opened.path}' has changed since it was opened.`);
  }
}

const bySlices = (): Error => new TypeError("A long file is read by slices.");

const isSame = (now: Stats, then: Stats): boolean => now.size === then.size && now.mtimeMs === then.mtimeMs;
