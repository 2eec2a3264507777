import picocolors from "picocolors";
import { expect, test } from "vitest";
import { type Column, tableLines } from "./table.ts";
import { widthOf } from "./text-width.ts";

type Row = { name: string; size: number };
const columns: Column<Row>[] = [
  { title: "NAME", value: ({ name }) => name },
  { title: "SIZE", value: ({ size }) => String(size), align: "right", style: (text) => `<${text}>` },
];
const rows = [
  { name: "a.jsonl", size: 5 },
  { name: "👩‍👩‍👧 日本.txt", size: 12345 },
];
const colors = picocolors.createColors(false);

test("aligns columns by what they take on a terminal", () => {
  expect(tableLines(rows, columns, { columns: 80, colors })).toEqual([
    "NAME          SIZE",
    "a.jsonl      <    5>",
    "👩‍👩‍👧 日本.txt  <12345>",
  ]);
});

test("cuts the first column where the terminal is narrow, and nothing elsewhere", () => {
  const long = [{ name: "a".repeat(200), size: 1 }];
  const [, line = ""] = tableLines(long, columns, { columns: 40, colors });
  expect(widthOf(line)).toBe(42);
  expect(line).toMatch(/^a+… {2}< {3}1>$/);
  expect(tableLines(long, columns, { columns: undefined, colors })).toEqual([`${"a".repeat(200)}\t1`]);
});

test("where a terminal is too narrow for all columns, those that yield are left out, the last ones first", () => {
  const [name, size] = columns;
  if (!name || !size) throw new TypeError("There are two columns.");
  const kind: Column<Row> = { title: "KIND", value: () => "a long word", yields: true };
  const headingAt = (width: number) =>
    tableLines(rows, [name, kind, { ...size, yields: true }], { columns: width, colors })[0];
  expect(headingAt(80)).toMatch(/^NAME +KIND +SIZE$/);
  expect(headingAt(26)).toMatch(/^NAME +KIND$/);
  expect(headingAt(20)).toBe("NAME");
});

test("no rows are no lines, the heading included", () => {
  expect(tableLines([], columns, { columns: 80, colors })).toEqual([]);
});

test("characters that would move the cursor or break the line are shown as such", () => {
  const hostile = [{ name: "a\u001b[2J\nb\tc", size: 1 }];
  expect(tableLines(hostile, columns, { columns: undefined, colors })).toEqual(["a\uFFFD[2J b c\t1"]);
});
