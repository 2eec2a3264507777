import { printableLine } from "./printable.ts";
import type { Screen } from "./screen.ts";
import { cutTo, widthOf } from "./text-width.ts";

export type Column<Row> = {
  title: string;
  value: (row: Row) => string;
  align?: "right";
  /** How the cell looks; its width stays. */
  style?: (text: string, row: Row) => string;
};

const gap = "  ";
const narrowest = 12;

/**
 * Rows as lines: aligned columns under a heading on a terminal, the first one cut where the terminal is
 * too narrow; elsewhere whole values between tabs and no heading, for `cut` and `awk`.
 */
export const tableLines = <Row>(
  rows: Row[],
  columns: Column<Row>[],
  screen: Pick<Screen, "columns" | "colors">,
): string[] => {
  const cells = rows.map((row) => columns.map(({ value }) => printableLine(value(row))));
  if (screen.columns === undefined) return cells.map((line) => line.join("\t"));
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
