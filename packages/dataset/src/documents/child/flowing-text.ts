import { blockCharacters } from "../document-limits.ts";
import { cutText } from "./blocks.ts";

/** What stands between two pieces of text, weakest first. */
type Border = "none" | "space" | "line" | "block";
const strength: Record<Border, number> = { none: 0, space: 1, line: 2, block: 3 };
const written: Record<Border, string> = { none: "", space: " ", line: "\n", block: "" };

type Table = { cellsOfRow: number; rowHasText: boolean };

/**
 * Text with its borders, as markup gives them: a border counts once there is text on both of its sides.
 *
 * Markup asks for many borders in a row (the end of a paragraph, of a cell, of a table); the strongest holds. Inside
 * a list or table none is stronger than a line; behind the tab of a cell that has no text yet there is none.
 */
export class FlowingText {
  private readonly finished: string[] = [];
  private current: string[] = [];
  private length = 0;
  private border: Border = "none";
  private tabs = 0;
  private lists = 0;
  private readonly tables: Table[] = [];

  /** Blocks that are complete by now, each once. */
  *take(): Generator<string> {
    for (const block of this.finished.splice(0)) yield* cutText(block);
  }

  /** Every block that is left. */
  *end(): Generator<string> {
    this.finishBlock();
    yield* this.take();
  }

  text(text: string): void {
    if (text === "") return;
    this.crossBorder();
    this.write(text);
    const table = this.tables.at(-1);
    if (table) table.rowHasText = true;
    if (this.length > 2 * blockCharacters) this.finishPieces();
  }

  space(): void {
    this.ask("space");
  }

  line(): void {
    this.ask("line");
  }

  block(): void {
    this.ask(this.lists > 0 || this.tables.length > 0 ? "line" : "block");
  }

  startList(): void {
    this.block();
    this.lists += 1;
  }

  endList(): void {
    this.lists = Math.max(0, this.lists - 1);
    this.block();
  }

  /** A table in a cell begins on a line of its own. */
  startTable(): void {
    this.tabs = 0;
    this.block();
    this.tables.push({ cellsOfRow: 0, rowHasText: false });
  }

  endTable(): void {
    this.tables.pop();
    this.tabs = 0;
    this.startRow();
    this.block();
  }

  startRow(): void {
    this.tabs = 0;
    this.line();
    const table = this.tables.at(-1);
    if (!table) return;
    table.cellsOfRow = 0;
    table.rowHasText = false;
  }

  startCell(): void {
    const table = this.tables.at(-1);
    if (!table) this.line();
    else this.continueRow(table);
  }

  private continueRow(table: Table): void {
    table.cellsOfRow += 1;
    if (table.cellsOfRow === 1) return;
    // The row goes on, whatever border the cell before ended with.
    if (table.rowHasText && this.tabs === 0) this.border = "none";
    this.tabs += 1;
  }

  private ask(border: Border): void {
    if (this.tabs > 0) return;
    if (strength[border] > strength[this.border]) this.border = border;
  }

  private crossBorder(): void {
    if (this.border === "block") this.finishBlock();
    if (this.current.length > 0) this.write(written[this.border]);
    this.write("\t".repeat(this.tabs));
    this.border = "none";
    this.tabs = 0;
  }

  private write(text: string): void {
    if (text === "") return;
    this.current.push(text);
    this.length += text.length;
  }

  private finishBlock(): void {
    if (this.current.length > 0) this.finished.push(this.current.join(""));
    this.current = [];
    this.length = 0;
  }

  /** Of an endless paragraph only its last piece is held. */
  private finishPieces(): void {
    const pieces = [...cutText(this.current.join(""))];
    const last = pieces.pop() ?? "";
    this.finished.push(...pieces);
    this.current = [last];
    this.length = last.length;
  }
}
