import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Less than a second's work of a tokenizer; somebody who hangs up is noticed between two chunks. */
const chunkCharacters = 1024 * 1024;

/**
 * Writes rows as files of JSON lines, so that neither memory nor disk grows with the rows. There are two
 * files by turns: one is read while the next is written.
 */
export async function* rowChunks(rows: AsyncIterable<object>, folder: string): AsyncGenerator<string> {
  let number = 0;
  for await (const lines of linesOf(rows)) {
    const path = join(folder, `rows-${number % 2}.jsonl`);
    await writeFile(path, lines);
    yield path;
    number += 1;
  }
}

async function* linesOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  let lines: string[] = [];
  let characters = 0;
  for await (const row of rows) {
    const line = `${JSON.stringify(row)}\n`;
    lines.push(line);
    characters += line.length;
    if (characters < chunkCharacters) continue;
    yield lines.join("");
    lines = [];
    characters = 0;
  }
  if (lines.length > 0) yield lines.join("");
}
