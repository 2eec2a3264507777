import { FileFault, shownList } from "../faults.ts";
import { knownFormats } from "../formats/catalog.ts";
import { parseCutJson } from "./close-json.ts";
import { isObject, type JsonObject } from "./objects.ts";
import { parseJson } from "./parse-json.ts";
import { type Recognised, recogniseValue } from "./recognise-value.ts";

/**
 * How JSON is laid out: one value a line, one list of rows, or objects of any layout after each other; and
 * the first row whose format is known, if there is one.
 */
export type JsonLayout = { layout: "lines" | "list" | "documents"; first: Recognised | undefined };

/**
 * Whether the beginning of a file is JSON, and how it is laid out.
 *
 * @throws FileFault `unknown_format` where it is JSON of no known format
 */
export const detectJson = (head: string): JsonLayout | undefined => {
  const lines = linesOf(head);
  if (!looksLikeJson(head, lines)) return undefined;
  const layout = layoutOf(head, lines);
  return { layout, first: firstKnown(layout === "lines" ? valuesOfLines(lines) : valuesOfWhole(head)) };
};

type NumberedLine = { text: string; line: number };
type NumberedValue = { value: JsonObject; line: number };

/** The lines that aren't blank; the last may be cut off. */
const linesOf = (text: string): NumberedLine[] =>
  text
    .split("\n")
    .map((line, at) => ({ text: line, line: at + 1 }))
    .filter((line) => line.text.trim() !== "");

/** A list that begins with anything else is the text of a chat with its times, or Markdown. */
const looksLikeJson = (text: string, lines: NumberedLine[]): boolean => {
  if (/^\s*(\{|\[\s*([[\]{"]|$))/.test(text)) return true;
  const objects = lines.filter((line) => line.text.startsWith("{")).length;
  return objects > 0 && objects >= lines.length / 2;
};

const layoutOf = (text: string, lines: NumberedLine[]): JsonLayout["layout"] => {
  const [first, second] = lines;
  if (!first || !/^\s*[[{]/.test(text)) return "lines";
  const value = jsonValue(first.text);
  if (first.text.trimStart().startsWith("[")) return Array.isArray(value) && second ? "lines" : "list";
  if (value !== undefined) return "lines";
  if (!second) return layoutOfOneLine(first.text);
  return beginsEachLine(lines, text) ? "lines" : "documents";
};

/** A broken first line is followed by rows, and an object over several lines by its own parts. */
const beginsEachLine = (lines: NumberedLine[], text: string): boolean => {
  const begun = lines.filter((line) => line.text.startsWith("{"));
  if (begun.some((line) => isWholeRow(jsonValue(line.text)))) return true;
  return parseCutJson(text) === undefined && begun.length > lines.length / 2;
};

/** A turn alone may be a part of a dialog. */
const isWholeRow = (value: unknown): boolean => {
  const format = isObject(value) ? recogniseValue(value) : undefined;
  return format !== undefined && format !== "turn";
};

/** A dialog may be larger than a row: it is read turn by turn, also where it is one line. */
const layoutOfOneLine = (text: string): JsonLayout["layout"] => {
  const value = parseCutJson(text);
  return isObject(value) && recogniseValue(value) === "dialog" ? "documents" : "lines";
};

const jsonValue = (text: string): unknown => {
  const parsed = parseJson(text);
  return "value" in parsed ? parsed.value : undefined;
};

const valuesOfLines = (lines: NumberedLine[]): NumberedValue[] =>
  lines.flatMap(({ text, line }, at) => {
    const value = at === lines.length - 1 ? cutObject(text) : jsonValue(text);
    return isObject(value) ? [{ value, line }] : [];
  });

const valuesOfWhole = (text: string): NumberedValue[] => {
  const value = parseCutJson(text) ?? cutObject(text);
  const line = lineOfStart(text);
  const values = Array.isArray(value) ? value : [value];
  return values.filter(isObject).map((each) => ({ value: each, line }));
};

/** Even where all that is known is the first key. */
const cutObject = (text: string): unknown => {
  const value = parseCutJson(text);
  if (value !== undefined) return value;
  const [, key] = /^\s*\[?\s*\{\s*"([^"\\]*)"\s*:/.exec(text) ?? [];
  return key === undefined ? undefined : { [key]: null };
};

const lineOfStart = (text: string): number => text.slice(0, text.search(/\S/)).split("\n").length;

const firstKnown = (values: NumberedValue[]): Recognised | undefined => {
  for (const { value, line } of values) {
    const format = recogniseValue(value);
    if (format) return { format, line };
  }
  const [unknown] = values;
  if (!unknown) return undefined;
  const keys = shownList(Object.keys(unknown.value)) || "none";
  throw new FileFault(
    "unknown_format",
    `No known format has rows with the keys of line ${unknown.line}: ${keys}. Known formats are ${knownFormats()}.`,
  );
};
