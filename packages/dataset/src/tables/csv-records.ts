import { byteSize } from "@loraloom/errors";
import { countLines } from "../bytes/utf8-text.ts";

/** A record of a table, or why it is none. `line` is its first one. */
export type CsvRecord =
  | { line: number; cells: string[] }
  | { line: number; problem: string; tooLarge: boolean };

type Cell = { text: string; end: number };
/** What stands at a place of the text; `incomplete`: more of the text is needed to say. */
type Found<Thing> = Thing | { problem: string } | "incomplete";

const quote = '"';

/**
 * Cuts CSV (RFC 4180) into records, whatever the pieces of the text.
 *
 * Quotes in the middle of a cell that doesn't begin with one are part of it. After a broken record the next
 * line is read as a new one, so that one bad quote doesn't take the rest of the file with it.
 */
export class CsvRecords {
  private readonly delimiter: string;
  private readonly rowBytes: number;
  private text = "";
  private line = 1;
  /** Within the rest of a broken record's first line. */
  private isSkipping = false;

  constructor(delimiter: string, rowBytes: number) {
    this.delimiter = delimiter;
    this.rowBytes = rowBytes;
  }

  /** The records that are complete with this piece of text. */
  *push(piece: string): Generator<CsvRecord> {
    this.text += piece;
    if (this.isSkipping) this.skipLine(0);
    if (!this.isSkipping) yield* this.records(false);
  }

  /** What is left at the end of the file. */
  *end(): Generator<CsvRecord> {
    yield* this.records(true);
  }

  private *records(isLast: boolean): Generator<CsvRecord> {
    let at = 0;
    while (at < this.text.length) {
      const record = this.recordAt(at, isLast);
      if (record === "incomplete") break;
      yield this.located(record);
      if ("problem" in record) {
        this.skipLine(at);
        at = 0;
      } else {
        this.line += countLines(this.text.slice(at, record.end));
        at = record.end;
      }
    }
    this.text = this.text.slice(at);
  }

  /** Leaves the text after the line that begins there. */
  private skipLine(at: number): void {
    const end = this.text.indexOf("\n", at);
    this.isSkipping = end === -1;
    this.text = this.isSkipping ? "" : this.text.slice(end + 1);
    if (!this.isSkipping) this.line += 1;
  }

  private located(record: { cells: string[] } | { problem: string }): CsvRecord {
    const { line } = this;
    if ("problem" in record) return { line, problem: record.problem, tooLarge: false };
    const size = record.cells.reduce((sum, cell) => sum + Buffer.byteLength(cell), 0);
    if (size <= this.rowBytes) return { line, cells: record.cells };
    return { line, problem: `The record has more than ${byteSize(this.rowBytes)}.`, tooLarge: true };
  }

  private recordAt(start: number, isLast: boolean): Found<{ cells: string[]; end: number }> {
    const cells: string[] = [];
    for (let at = start; ; ) {
      const cell = this.text[at] === quote ? this.quotedCell(at, isLast) : this.plainCell(at, isLast);
      if (cell === "incomplete") return this.tooLong(start) ?? cell;
      if ("problem" in cell) return cell;
      cells.push(cell.text);
      if (this.text[cell.end] !== this.delimiter) return { cells, end: cell.end + 1 };
      at = cell.end + 1;
    }
  }

  /** A quote that is never closed must not keep the whole file waiting. */
  private tooLong(start: number): { problem: string } | undefined {
    if (this.text.length - start <= this.rowBytes) return undefined;
    return { problem: `The record doesn't end within ${byteSize(this.rowBytes)}; is a quote not closed?` };
  }

  private plainCell(start: number, isLast: boolean): Found<Cell> {
    const nextDelimiter = this.text.indexOf(this.delimiter, start);
    const nextLine = this.text.indexOf("\n", start);
    const end =
      nextDelimiter === -1 || (nextLine !== -1 && nextLine < nextDelimiter) ? nextLine : nextDelimiter;
    if (end === -1 && !isLast) return "incomplete";
    const text = this.text.slice(start, end === -1 ? undefined : end);
    const isAtLineEnd = end === -1 || end === nextLine;
    return {
      text: isAtLineEnd && text.endsWith("\r") ? text.slice(0, -1) : text,
      end: end === -1 ? this.text.length : end,
    };
  }

  private quotedCell(start: number, isLast: boolean): Found<Cell> {
    const close = this.closingQuote(start);
    if (close === -1) return isLast ? { problem: "A quote is opened and never closed." } : "incomplete";
    const after = this.text.startsWith("\r\n", close + 1) ? close + 2 : close + 1;
    if (after >= this.text.length - 1 && !isLast && this.text[after] !== "\n") return "incomplete";
    const next = this.text[after];
    if (next !== undefined && next !== this.delimiter && next !== "\n") {
      return { problem: "A quoted cell goes on after its closing quote; quotes inside it must be doubled." };
    }
    return { text: this.text.slice(start + 1, close).replaceAll('""', quote), end: after };
  }

  private closingQuote(start: number): number {
    let close = this.text.indexOf(quote, start + 1);
    while (close !== -1 && this.text[close + 1] === quote) close = this.text.indexOf(quote, close + 2);
    return close;
  }
}
