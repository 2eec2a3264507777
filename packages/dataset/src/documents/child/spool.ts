import { fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

const chunkBytes = 64 * 1024;

/** A whole file on disk, under no name: it is gone with this process, however that ends. */
export type Spool = {
  descriptor: number;
  size: number;
  /** Fewer bytes at the end of the file. */
  read: (offset: number, length: number) => Buffer<ArrayBuffer>;
  chunks: () => Generator<Buffer<ArrayBuffer>>;
};

/** Writes what comes in to a file in `folder`, because most formats are read from their end. */
export const spoolInput = async (input: Readable, folder: string): Promise<Spool> => {
  const descriptor = openUnnamed(join(folder, "spool"));
  for await (const chunk of input) writeAll(descriptor, chunk);
  return openSpool(descriptor);
};

const openUnnamed = (path: string): number => {
  const descriptor = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return descriptor;
};

const writeAll = (descriptor: number, chunk: Buffer): void => {
  for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
};

const openSpool = (descriptor: number): Spool => {
  const { size } = fstatSync(descriptor);
  const read = (offset: number, length: number) => {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)));
    for (let at = 0; at < buffer.length; ) {
      const count = readSync(descriptor, buffer, at, buffer.length - at, offset + at);
      if (count === 0) throw new Error("The spool is shorter than it was.");
      at += count;
    }
    return buffer;
  };
  return {
    descriptor,
    size,
    read,
    *chunks() {
      for (let at = 0; at < size; at += chunkBytes) yield read(at, chunkBytes);
    },
  };
};
