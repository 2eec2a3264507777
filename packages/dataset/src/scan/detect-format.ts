import { wholeCharacters } from "../bytes/encodings.ts";
import { detectJson } from "../json/detect-json.ts";
import { readJsonDocuments } from "../json/read-json-documents.ts";
import { readJsonLines } from "../json/read-json-lines.ts";
import { readJsonList } from "../json/read-json-list.ts";
import { detectTable } from "../tables/detect-table.ts";
import { readTable } from "../tables/read-table.ts";
import { readSpeakerLines } from "../texts/read-speaker-lines.ts";
import { readText } from "../texts/read-text.ts";
import { looksLikeSpeakerLines } from "../texts/speaker-lines.ts";
import { detectBinary } from "./detect-binary.ts";
import { readDocumentRows } from "./read-documents.ts";
import type { Reader } from "./scanned.ts";

/** The reader of a file by its beginning alone, never by its name. @throws FileFault `unknown_format` */
export const detectFormat = (head: Uint8Array): Reader => {
  const binary = detectBinary(head);
  if (binary) return binary;
  const text = Buffer.from(head.subarray(0, wholeCharacters(head))).toString();
  return htmlReader(text) ?? jsonReader(text) ?? tableReader(text) ?? textReader(text);
};

const htmlReader = (text: string): Reader | undefined => {
  const isHtml = /^(<\?xml[^>]*>\s*)?<(!doctype\s+html|html|head|body)\b/i.test(withoutComments(text));
  return isHtml ? (context, bytes) => readDocumentRows(context, bytes, "html") : undefined;
};

/** Step by step: one pattern for any number of comments could be tried in endlessly many ways. */
const withoutComments = (text: string): string => {
  let rest = text.trimStart();
  while (rest.startsWith("<!--")) {
    const end = rest.indexOf("-->");
    if (end === -1) return rest;
    rest = rest.slice(end + "-->".length).trimStart();
  }
  return rest;
};

const jsonReader = (text: string): Reader | undefined => {
  const json = detectJson(text);
  if (!json) return undefined;
  if (json.layout === "list") return readJsonList;
  const read = json.layout === "lines" ? readJsonLines : readJsonDocuments;
  return (context, bytes) => read(context, bytes, json.first);
};

const tableReader = (text: string): Reader | undefined => {
  const layout = detectTable(text);
  return layout && ((context, bytes) => readTable(context, bytes, layout));
};

const textReader = (text: string): Reader => {
  if (looksLikeSpeakerLines(text)) return readSpeakerLines;
  const format = isMarkdown(text) ? "markdown" : "plain-text";
  return (context, bytes) => readText(context, bytes, format);
};

/** A heading, a fence, or several lists and links: a text that is none of it reads the same. */
const isMarkdown = (text: string): boolean =>
  /^(#{1,6} \S|```|~~~)/m.test(text) ||
  [...text.matchAll(/^ {0,3}[-*+] \S|\[[^\]\n]{1,200}\]\([^)\n]{1,200}\)/gm)].length > 2;
