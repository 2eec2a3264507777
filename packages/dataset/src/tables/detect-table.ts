import { FileFault, shownList } from "../faults.ts";
import { recogniseValue } from "../json/recognise-value.ts";
import { columnNames } from "./columns.ts";
import { CsvRecords } from "./csv-records.ts";

export type TableLayout = { delimiter: string; format: "csv" | "tsv" };

const layouts: TableLayout[] = [
  { delimiter: ",", format: "csv" },
  { delimiter: "\t", format: "tsv" },
  { delimiter: ";", format: "csv" },
];
/** Records that must agree before a text with unknown columns is taken for a table. */
const fewestRecords = 3;
/** No text begins with so many words that only commas part. */
const manyColumns = 20;
/** One column alone is a table only under a name that no text begins with. */
const loneColumns = new Set(["messages", "conversations", "text"]);

/**
 * Whether the beginning of a text is a table, by its header.
 *
 * @throws FileFault `unknown_format` where it is a table without any known column
 */
export const detectTable = (head: string): TableLayout | undefined => {
  const known = layouts.find(({ delimiter }) => isKnown(recordsOf(head, delimiter, 1)[0] ?? []));
  if (known) return known;
  const unknown = layouts.find(({ delimiter }) =>
    looksLikeTable(recordsOf(head, delimiter, fewestRecords + 1)),
  );
  if (!unknown) return undefined;
  const header = recordsOf(head, unknown.delimiter, 1)[0] ?? [];
  throw new FileFault(
    "unknown_format",
    `The table has the columns ${shownList(header)}; none of prompt and completion, question and answer, instruction and output, chosen and rejected, messages, text, speaker and content.`,
  );
};

const recordsOf = (head: string, delimiter: string, count: number): string[][] => {
  const records = new CsvRecords(delimiter, head.length + 1);
  const cells = [...records.push(head), ...records.end()].flatMap((record) =>
    "cells" in record ? [record.cells] : [],
  );
  return withoutBlankEnd(cells).slice(0, count);
};

const withoutBlankEnd = (records: string[][]): string[][] =>
  records.slice(0, records.findLastIndex((cells) => cells.some((cell) => cell !== "")) + 1);

const isKnown = (header: string[]): boolean => {
  const columns = columnNames(header);
  if (columns.length === 1) return loneColumns.has(columns[0] ?? "");
  return recogniseValue(Object.fromEntries(columns.map((column) => [column, null]))) !== undefined;
};

/**
 * Short names without the marks of sentences, and as many cells in each record. Names as a program writes them tell
 * more than prose can: then one record is enough, and of many columns the header alone, which may be all of the
 * beginning.
 */
const looksLikeTable = ([header = [], ...records]: string[][]): boolean => {
  if (header.length < 2 || !header.every((cell) => isName(cell.trim()))) return false;
  const isExact = header.every(isExactName);
  if (isExact && header.length >= manyColumns) return true;
  const isEven = records.every((cells) => cells.length === header.length);
  return isEven && records.length >= (isExact ? 1 : fewestRecords);
};

const isName = (cell: string): boolean => /^[\p{L}\p{N}_ -]{1,40}$/u.test(cell);

/** Prose has a space after a comma, and a number may have a comma of its own. */
const isExactName = (cell: string): boolean => /^[\p{L}_]/u.test(cell) && cell === cell.trimEnd();
