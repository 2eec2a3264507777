import { byteSize } from "@loraloom/errors";
import type { TextLine } from "../bytes/text-lines.ts";
import { textLines } from "../bytes/text-lines.ts";
import type { RowFault } from "../faults.ts";
import { batches, paced, type ReadItem } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { JsonRows } from "./json-rows.ts";
import { parseJson } from "./parse-json.ts";
import type { Recognised } from "./recognise-value.ts";

/** JSON lines of any row format; blank lines are no rows. */
export async function* readJsonLines(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
  first?: Recognised,
): AsyncGenerator<Scanned[]> {
  const rows = new JsonRows(context, first);
  const { pacer, limits } = context;
  for await (const lines of textLines(bytes, limits.rowBytes)) {
    yield* batches(pacer, lines, (line) => readLine(rows, line, limits.rowBytes));
  }
  yield* paced(pacer, rows.end());
}

const readLine = (rows: JsonRows, line: TextLine, rowBytes: number): ReadItem => {
  if (!("text" in line)) return rows.faulty(line.number, [lineFault(line, rowBytes)]);
  if (isBlankLine(line.text)) return undefined;
  const parsed = parseJson(line.text);
  if ("value" in parsed) {
    // UTF-8 has no half of a Unicode pair: only an escape can bring one.
    return rows.read(parsed.value, { line: line.number, isWellFormed: !line.text.includes("\\u") });
  }
  const message = `The line is not JSON: ${parsed.reason}.`;
  return rows.faulty(line.number, [{ path: null, code: "invalid_json", message }]);
};

/** Nothing but JSON's own whitespace. */
const isBlankLine = (text: string): boolean => !/[^ \t\r]/.test(text);

const lineFault = (line: Exclude<TextLine, { text: string }>, rowBytes: number): RowFault =>
  line.problem === "too_large"
    ? { path: null, code: "too_large", message: `The row has more than ${byteSize(rowBytes)}.` }
    : { path: null, code: "not_utf8", message: `The line is not UTF-8${line.guess}.` };
