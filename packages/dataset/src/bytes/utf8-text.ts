import { isUtf8 } from "node:buffer";
import { FileFault } from "../faults.ts";
import { blocks } from "./blocks.ts";
import { guessInWords, wholeCharacters } from "./encodings.ts";

/** A stream as text, in bounded pieces. @throws FileFault `not_utf8` with the line and a guess */
export async function* utf8Text(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let lines = 0;
  let rest: Uint8Array = new Uint8Array();
  for await (const block of blocks(chunks)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, block]) : asBuffer(block);
    const whole = bytes.subarray(0, wholeCharacters(bytes));
    rest = bytes.slice(whole.length);
    const text = decode(whole, lines);
    lines += countLines(text);
    if (text !== "") yield text;
  }
  if (rest.length > 0) decode(asBuffer(rest), lines);
}

const decode = (bytes: Buffer, linesBefore: number): string => {
  if (isUtf8(bytes)) return bytes.toString();
  const line = linesBefore + 1 + badLine(bytes);
  throw new FileFault("not_utf8", `Line ${line} is not UTF-8${guessInWords(bytes)}.`, { line });
};

/** The index of the first line that is not UTF-8. */
const badLine = (bytes: Buffer): number => {
  let at = 0;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    if (!isUtf8(bytes.subarray(start, end))) return at;
    start = end + 1;
    at += 1;
  }
  return at;
};

export const countLines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
};

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
