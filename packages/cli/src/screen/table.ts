import { printableLine } from "./printable.ts";
import type { Screen } from "./screen.ts";
import { cutTo, widthOf } from "./text-width.ts";

export type Column<Row> = {
  title: string;
  value: (row: Row) => string;
  align?: "right";
  /** How the cell looks; its width stays. */
  style?: (text: string, row: Row) => string;
  /** Left out where the terminal is too narrow for all columns. */
  yields?: true;
};

const gap = "  ";
const narrowest = 12;

/**
 * Rows as lines: aligned columns under a heading on a terminal; where it is too narrow, columns that yield are left
 * out and the first one is cut. Elsewhere whole values between tabs and no heading, for `cut` and `awk`.
 */
export const tableLines = <Row>(
  rows: Row[],
  all: Column<Row>[],
  screen: Pick<Screen, "columns" | "colors">,
): string[] => {
  if (rows.length === 0) return [];
  if (screen.columns === undefined) return cellsOf(rows, all).map((line) => line.join("\t"));
  const columns = columnsThatFit(rows, all, screen.columns);
  const cells = cellsOf(rows, columns);
  const widths = fitColumns(naturalWidths(cells, columns), screen.columns);
  const heading = columns.map(({ title, align }, at) => pad(title, widths[at] ?? 0, align));
  const lines = cells.map((line, at) => line.map((text, column) => styled({ text, at, column })));
  return [screen.colors.dim(heading.join(gap).trimEnd()), ...lines.map((line) => line.join(gap).trimEnd())];

  function styled({ text, at, column }: { text: string; at: number; column: number }): string {
    const { align, style } = columns[column] ?? {};
    const padded = pad(cutTo(text, widths[column] ?? 0), widths[column] ?? 0, align);
    const row = rows[at];
    return style && row !== undefined ? style(padded, row) : padded;
  }
};

const cellsOf = <Row>(rows: Row[], columns: Column<Row>[]): string[][] =>
  rows.map((row) => columns.map(({ value }) => printableLine(value(row))));

/** Without as many of the yielding columns, the last ones first, as there is no room for. */
const columnsThatFit = <Row>(rows: Row[], columns: Column<Row>[], available: number): Column<Row>[] => {
  const widths = fitColumns(naturalWidths(cellsOf(rows, columns), columns), available);
  const needed = widths.reduce((sum, width) => sum + width + gap.length, -gap.length);
  const last = columns.findLastIndex((column) => column.yields);
  if (needed <= available || last === -1) return columns;
  return columnsThatFit(rows, columns.toSpliced(last, 1), available);
};

const naturalWidths = <Row>(cells: string[][], columns: Column<Row>[]): number[] =>
  columns.map(({ title }, at) => Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at] ?? ""))));

/** The first column gives way, down to what can still be told apart. */
const fitColumns = ([first = 0, ...rest]: number[], columns: number): number[] => {
  const others = rest.reduce((sum, width) => sum + width + gap.length, 0);
  return [Math.min(first, Math.max(narrowest, columns - others)), ...rest];
};

const pad = (text: string, width: number, align?: "right"): string => {
  const spaces = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "right" ? spaces + text : text + spaces;
};
