import { isUtf8 } from "node:buffer";
import { guessInWords } from "../bytes/encodings.ts";
import { FileFault, type RowFault } from "../faults.ts";
import { parseJson } from "./parse-json.ts";

/** The value of a piece of JSON, or why it has none. */
export const valueOfPiece = (
  bytes: Buffer | undefined,
  rowBytes: number,
): { value: unknown } | { fault: RowFault } => {
  if (!bytes) return fault("too_large", `The row has more than ${rowBytes} bytes.`);
  if (!isUtf8(bytes)) return fault("not_utf8", `The row is not UTF-8${guessInWords(bytes)}.`);
  const text = bytes.toString();
  if (text.trim() === "") return fault("invalid_json", "A comma has no row on one of its sides.");
  const parsed = parseJson(text);
  if ("value" in parsed) return parsed;
  return fault("invalid_json", `The row is not JSON: ${parsed.reason}.`);
};

const fault = (code: RowFault["code"], message: string): { fault: RowFault } => ({
  fault: { path: null, code, message },
});

/** What follows something that is no JSON can't be told apart any more. */
export const strayText = (line: number): FileFault =>
  new FileFault("invalid_json", `Line ${line} has something that is no part of the JSON before it.`, {
    line,
  });
