import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** Writes JSON lines, compressed; memory does not grow with the rows. Answers how many. */
export const writeRows = async (
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  path: string,
): Promise<number> => {
  let written = 0;
  const lines = async function* () {
    for await (const row of rows) {
      written += 1;
      yield `${JSON.stringify(row)}\n`;
    }
  };
  await pipeline(lines, createGzip(), createWriteStream(path));
  return written;
};
