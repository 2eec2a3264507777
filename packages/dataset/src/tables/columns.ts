import type { RowFault } from "../faults.ts";
import { isObject, type JsonObject } from "../json/objects.ts";
import { parseJson } from "../json/parse-json.ts";
import { parsePythonLiteral } from "./python-literal.ts";

/** Columns that hold lists, as JSON or as a Python literal. */
const listColumns = new Set(["messages", "conversations", "history", "tools", "dialog"]);
/** Columns that may hold a message list where other files have a text. */
const maybeListColumns = new Set(["prompt", "completion", "chosen", "rejected"]);
/** What is as good as absent where it is empty. */
const optionalColumns = new Set(["history", "tools", "label", "system", "input"]);
const otherNames = new Map([
  ["system_prompt", "system"],
  ["user", "prompt"],
  ["assistant", "completion"],
]);
const labels = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The names of a header's cells as the row formats know them. */
export const columnNames = (header: string[]): string[] =>
  header.map((cell) => {
    const name = cell.trim().toLowerCase().replaceAll(" ", "_");
    return otherNames.get(name) ?? name;
  });

/** A record as the object that other files have in a row of JSON. */
export const rowOfCells = (
  columns: string[],
  cells: string[],
): { value: JsonObject } | { faults: RowFault[] } => {
  const faults: RowFault[] = [];
  const entries: [string, unknown][] = [];
  for (const [at, column] of columns.entries()) {
    const cell = cells[at] ?? "";
    if (cell === "" && optionalColumns.has(column)) continue;
    const value = valueOfCell(column, cell);
    if (value === undefined) faults.push(notAList(column));
    else entries.push([column, value]);
  }
  return faults.length > 0 ? { faults } : { value: Object.fromEntries(entries) };
};

const valueOfCell = (column: string, cell: string): unknown => {
  if (column === "label") return labels.get(cell.trim().toLowerCase()) ?? cell;
  if (listColumns.has(column)) return listOf(cell);
  if (!maybeListColumns.has(column) || !/^\s*\[\s*\{/.test(cell)) return cell;
  const list = listOf(cell);
  return Array.isArray(list) && list.every(isMessage) ? list : cell;
};

const listOf = (cell: string): unknown => {
  const parsed = parseJson(cell);
  return "value" in parsed ? parsed.value : parsePythonLiteral(cell);
};

const isMessage = (value: unknown): boolean => isObject(value) && Object.hasOwn(value, "role");

const notAList = (column: string): RowFault => ({
  path: column,
  code: "invalid_json",
  message: `${column} is neither JSON nor a Python list.`,
});
