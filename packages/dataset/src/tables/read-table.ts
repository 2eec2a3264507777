import { utf8Text } from "../bytes/utf8-text.ts";
import type { RowFault } from "../faults.ts";
import { JsonRows } from "../json/json-rows.ts";
import { batches, paced, type ReadItem } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { columnNames, rowOfCells } from "./columns.ts";
import { type CsvRecord, CsvRecords } from "./csv-records.ts";
import type { TableLayout } from "./detect-table.ts";

/** CSV or TSV: each record is read as the row that a JSON file would have under the names of the header. */
export async function* readTable(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
  { delimiter, format }: TableLayout,
): AsyncGenerator<Scanned[]> {
  const { pacer, limits } = context;
  context.facts.format = format;
  const records = new CsvRecords(delimiter, limits.rowBytes);
  const table = new Table(context);
  const read = (record: CsvRecord) => table.read(record);
  for await (const text of utf8Text(bytes)) yield* batches(pacer, records.push(text), read);
  yield* batches(pacer, records.end(), read);
  yield* paced(pacer, table.end());
}

class Table {
  private readonly rows: JsonRows;
  private columns: string[] | undefined;

  constructor(context: ScanContext) {
    this.rows = new JsonRows(context);
  }

  read(record: CsvRecord): ReadItem {
    const { line } = record;
    if ("problem" in record) {
      const code = record.tooLarge ? "too_large" : "bad_csv";
      return this.rows.faulty(line, [{ path: null, code, message: record.problem }]);
    }
    if (isBlank(record.cells)) return undefined;
    if (!this.columns) {
      this.columns = columnNames(record.cells);
      return undefined;
    }
    return this.row(record.cells, line, this.columns);
  }

  end(): Iterable<Scanned[]> {
    return this.rows.end();
  }

  private row(cells: string[], line: number, columns: string[]): ReadItem {
    const wrongCount = faultOfCount(cells, columns);
    if (wrongCount) return this.rows.faulty(line, [wrongCount]);
    const row = rowOfCells(columns, cells);
    return "faults" in row ? this.rows.faulty(line, row.faults) : this.rows.read(row.value, { line });
  }
}

const isBlank = (cells: string[]): boolean => cells.every((cell) => cell.trim() === "");

/** Empty cells beyond the header's are what spreadsheets leave behind. */
const faultOfCount = (cells: string[], columns: string[]): RowFault | undefined => {
  const extra = cells.slice(columns.length);
  if (cells.length >= columns.length && extra.every((cell) => cell === "")) return undefined;
  return {
    path: null,
    code: "bad_csv",
    message: `The record has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}; the header has ${columns.length}.`,
  };
};
