import { readFile } from "node:fs/promises";
import { inChunks } from "../../testing/bytes.ts";

export const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../fixtures/${name}`, import.meta.url));

/** A file as it comes over a network, in chunks that end anywhere. */
export const streamed = (content: string | Uint8Array): AsyncIterable<Uint8Array> =>
  inChunks(content, 60_000);
