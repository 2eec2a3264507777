import { isUtf8 } from "node:buffer";
import { wholeCharacters } from "../bytes/encodings.ts";
import { FileFault } from "../faults.ts";
import { knownFormats } from "../formats/catalog.ts";
import { readDocumentRows, readParquetRows } from "./read-documents.ts";
import type { Reader } from "./scanned.ts";

/** Files that people upload by mistake, by their first bytes, and what to do with them. */
const unreadable: { start: string; what: string }[] = [
  { start: "\x1f\x8b", what: "a gzip inside a gzip; unpack it once" },
  { start: "\x89PNG", what: "a PNG image" },
  { start: "\xff\xd8\xff", what: "a JPEG image" },
  { start: "GIF8", what: "a GIF image" },
  { start: "RIFF", what: "a sound, image or video file" },
  { start: "ID3", what: "a sound file" },
  { start: "OggS", what: "a sound file" },
  { start: "7z\xbc\xaf", what: "a 7z archive; unpack it" },
  { start: "BZh", what: "a bzip2 file; unpack it" },
  { start: "\xfd7zXZ", what: "an xz file; unpack it" },
  { start: "\x28\xb5\x2f\xfd", what: "a Zstandard file; unpack it" },
  { start: "SQLite format 3", what: "an SQLite database" },
];

/** The reader of a format that isn't text. @throws FileFault `unknown_format` with what the file is */
export const detectBinary = (head: Uint8Array): Reader | undefined => {
  const text = Buffer.from(head).toString("latin1");
  if (text.slice(0, 1024).includes("%PDF-"))
    return (context, bytes) => readDocumentRows(context, bytes, "pdf");
  if (text.startsWith("PAR1")) return readParquetRows;
  if (isWordDocument(text)) return (context, bytes) => readDocumentRows(context, bytes, "docx");
  if (text.startsWith("PK\x03\x04")) throw unknown(archiveName(text));
  const known = unreadable.find(({ start }) => text.startsWith(start));
  if (known) throw unknown(known.what);
  if (isBinary(head)) throw unknown("a binary file of an unknown kind");
  return undefined;
};

/** A text may hold a NUL, but is UTF-8 and not made of them; a text in another encoding holds none. */
const isBinary = (head: Uint8Array): boolean => {
  const zeros = head.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  return zeros > head.length / 4 || (zeros > 0 && !isUtf8(head.subarray(0, wholeCharacters(head))));
};

/** A locked one is an old compound file; what it holds stands further back. */
const isWordDocument = (text: string): boolean => {
  if (text.startsWith("\xd0\xcf\x11\xe0")) return true;
  if (!text.startsWith("PK\x03\x04")) return false;
  return text.includes("word/") || (text.includes("[Content_Types].xml") && !/xl\/|ppt\//.test(text));
};

const archiveName = (text: string): string => {
  if (text.includes("xl/")) return "an Excel workbook; save it as CSV UTF-8";
  if (text.includes("ppt/")) return "a presentation; save it as PDF";
  return "a ZIP archive; unpack it";
};

const unknown = (what: string): FileFault =>
  new FileFault("unknown_format", `The file is ${what}. Known formats are ${knownFormats()}.`);
