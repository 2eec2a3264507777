import { setImmediate as nextTurn } from "node:timers/promises";
import type { Fault } from "./faults.ts";
import { parseChatLine } from "./formats/chat-jsonl.ts";
import { foreignFormat } from "./formats/foreign.ts";
import { limits as defaultLimits, type Limits } from "./limits.ts";
import { type Line, splitLines } from "./lines.ts";
import type { CanonicalRow } from "./rows.ts";

export type TrainingFile = { name: string; bytes: AsyncIterable<Uint8Array> };

/** One line that counts as a row, or a word about the file as a whole (`row` undefined, line null). */
export type Scanned = { row: CanonicalRow } | { faults: Fault[] };

/** Milliseconds after which the other work of this process gets its turn: a file has a million bad lines. */
const longestTurn = 10;

/**
 * Reads a file row by row, in order; blank lines are no rows.
 *
 * Ends early where the rest can't be trusted: another format, too many bytes, too many rows.
 */
export async function* scanFile(file: TrainingFile, limits: Limits = defaultLimits): AsyncGenerator<Scanned> {
  const size = { bytes: 0 };
  let rows = 0;
  let turnBegan = performance.now();
  for await (const line of splitLines(countBytes(file.bytes, size), limits.rowBytes)) {
    if (performance.now() - turnBegan > longestTurn) {
      await nextTurn();
      turnBegan = performance.now();
    }
    if (size.bytes > limits.fileBytes) {
      return yield wholeFile(file.name, "too_large", `The file has more than ${limits.fileBytes} bytes.`);
    }
    if (line.bytes && isBlank(line.bytes)) continue;
    rows += 1;
    if (rows > limits.rowsPerFile) {
      return yield wholeFile(file.name, "too_large", `The file has more than ${limits.rowsPerFile} rows.`);
    }
    const foreign = line.number === 1 && line.bytes && foreignFormat(line.bytes);
    if (foreign)
      return yield wholeFile(file.name, "unknown_format", `The file is ${foreign}, not chat JSONL.`);
    yield scanLine(file.name, line, limits);
  }
  if (rows === 0) yield wholeFile(file.name, "empty_file", "The file has no rows.");
}

const scanLine = (name: string, line: Line, limits: Limits): Scanned => {
  if (!line.bytes) {
    const message = `Line ${line.number} has more than ${limits.rowBytes} bytes.`;
    return { faults: [{ name, line: line.number, path: null, code: "too_large", message }] };
  }
  const parsed = parseChatLine(line.bytes);
  if ("messages" in parsed)
    return { row: { messages: parsed.messages, source: { name, line: line.number } } };
  return { faults: parsed.faults.map((fault) => ({ name, line: line.number, ...fault })) };
};

const wholeFile = (name: string, code: Fault["code"], message: string): Scanned => ({
  faults: [{ name, line: null, path: null, code, message }],
});

async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  size: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    size.bytes += chunk.length;
    yield chunk;
  }
}

const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
