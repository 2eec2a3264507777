import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

/** The rows of a file of compressed JSON lines. */
export const readRows = async (path: string): Promise<unknown[]> => {
  const text = (await promisify(gunzip)(await readFile(path))).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
};

export const writeRows = async (path: string, rows: readonly unknown[]): Promise<void> =>
  writeFile(path, await promisify(gzip)(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
