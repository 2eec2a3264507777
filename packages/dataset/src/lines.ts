import { limits } from "./limits.ts";

/** A line without its end. `bytes` is undefined where the line is longer than a row may be. */
export type Line = { number: number; bytes: Uint8Array | undefined };

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Cuts a stream of bytes into lines, whatever the chunks.
 *
 * LF and CRLF end a line, the last one needs no end, a byte order mark at the start is taken off.
 * Never holds more than one row's limit: the rest of a longer line is read and forgotten.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  rowBytes: number = limits.rowBytes,
): AsyncGenerator<Line> {
  let number = 0;
  let pending = new PendingLine(rowBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pending.append(chunk.subarray(start, end));
      number += 1;
      yield { number, bytes: pending.take(number === 1) };
      pending = new PendingLine(rowBytes);
      start = end + 1;
    }
    pending.append(chunk.subarray(start));
  }
  if (pending.size > 0) yield { number: number + 1, bytes: pending.take(number === 0) };
}

class PendingLine {
  size = 0;
  private pieces: Uint8Array[] = [];
  private readonly limit: number;

  constructor(rowBytes: number) {
    // Room for what is no part of the row: the byte order mark and the carriage return.
    this.limit = rowBytes + byteOrderMark.length + 1;
  }

  append(piece: Uint8Array): void {
    this.size += piece.length;
    if (this.size <= this.limit) this.pieces.push(piece.slice());
    else this.pieces = [];
  }

  take(isFirst: boolean): Uint8Array | undefined {
    if (this.size > this.limit) return undefined;
    const line = Buffer.concat(this.pieces);
    const start = isFirst && startsWithMark(line) ? byteOrderMark.length : 0;
    const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length;
    const row = line.subarray(start, end);
    return row.length > this.limit - byteOrderMark.length - 1 ? undefined : row;
  }
}

const startsWithMark = (line: Uint8Array): boolean => byteOrderMark.every((byte, at) => line[at] === byte);
