import { isUtf8 } from "node:buffer";
import { blocks } from "./blocks.ts";
import { guessInWords } from "./encodings.ts";

/** A line without its end, or why it has no text. `number` counts from 1. */
export type TextLine =
  | { number: number; text: string }
  | { number: number; problem: "too_large" }
  | { number: number; problem: "not_utf8"; guess: string };

const newline = 0x0a;

/**
 * Cuts a stream of bytes into lines, whatever the chunks; gives them a block at a time.
 *
 * LF and CRLF end a line, the last one needs no end. Never holds more than one row's limit: the rest
 * of a longer line is read and forgotten.
 */
export async function* textLines(
  chunks: AsyncIterable<Uint8Array>,
  rowBytes: number,
): AsyncGenerator<TextLine[]> {
  const cutter = new LineCutter(rowBytes);
  for await (const block of blocks(chunks)) {
    const lines = cutter.push(block);
    if (lines.length > 0) yield lines;
  }
  const last = cutter.end();
  if (last.length > 0) yield last;
}

class LineCutter {
  private number = 0;
  private pending: Uint8Array[] = [];
  private pendingSize = 0;
  private readonly rowBytes: number;

  constructor(rowBytes: number) {
    this.rowBytes = rowBytes;
  }

  push(block: Uint8Array): TextLine[] {
    const end = block.lastIndexOf(newline);
    if (end === -1) {
      this.keep(block);
      return [];
    }
    const lines = this.take(block.subarray(0, end));
    this.keep(block.subarray(end + 1));
    return lines;
  }

  end(): TextLine[] {
    return this.pendingSize > 0 ? this.take(new Uint8Array()) : [];
  }

  private keep(piece: Uint8Array): void {
    this.pendingSize += piece.length;
    if (this.isTooLong()) this.pending = [];
    else if (piece.length > 0) this.pending.push(piece.slice());
  }

  /** A carriage return at the end is no part of the row. */
  private isTooLong(): boolean {
    return this.pendingSize > this.rowBytes + 1;
  }

  private take(block: Uint8Array): TextLine[] {
    const tooLong = this.isTooLong();
    const whole = this.pending.length === 0 ? block : Buffer.concat([...this.pending, block]);
    this.pending = [];
    this.pendingSize = 0;
    if (!tooLong) return this.decode(whole);
    this.number += 1;
    const long: TextLine = { number: this.number, problem: "too_large" };
    const next = block.indexOf(newline);
    return next === -1 ? [long] : [long, ...this.decode(block.subarray(next + 1))];
  }

  private decode(bytes: Uint8Array): TextLine[] {
    if (isUtf8(bytes))
      return textOf(bytes)
        .split("\n")
        .map((text) => this.line(text));
    return splitBytes(bytes).map((line) => {
      if (isUtf8(line)) return this.line(textOf(line));
      this.number += 1;
      return { number: this.number, problem: "not_utf8", guess: guessInWords(line) };
    });
  }

  private line(text: string): TextLine {
    this.number += 1;
    const row = text.endsWith("\r") ? text.slice(0, -1) : text;
    // A character takes up to 3 bytes: most lines need no count.
    if (row.length * 3 > this.rowBytes && Buffer.byteLength(row) > this.rowBytes) {
      return { number: this.number, problem: "too_large" };
    }
    return { number: this.number, text: row };
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

const splitBytes = (bytes: Uint8Array): Uint8Array[] => {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
};
