import { SaxesParser, type SaxesTagNS } from "saxes";
import type { DocumentLimits } from "../document-limits.ts";
import type { DocxArchive } from "./docx-archive.ts";
import { beyondLimit, damaged, ReadFailure } from "./read-failure.ts";

export type XmlTag = SaxesTagNS;
export type XmlFollower = {
  open: (tag: XmlTag) => void;
  close?: (tag: XmlTag) => void;
  text?: (text: string) => void;
};

/**
 * Follows the tags of one part, and pauses after each piece that was unpacked.
 *
 * Entities other than XML's five are errors, and a document type is refused: nothing can expand or be fetched.
 */
export async function* followPart(
  archive: DocxArchive,
  part: { name: string; limits: DocumentLimits },
  follower: XmlFollower,
): AsyncGenerator<void> {
  const parser = strictParser(part.limits, follower);
  for await (const text of archive.read(part.name)) {
    parse(() => parser.write(text));
    yield;
  }
  parse(() => parser.close());
}

const strictParser = (limits: DocumentLimits, follower: XmlFollower) => {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let depth = 0;
  parser.on("doctype", () => {
    throw new ReadFailure(
      "inspection_failed",
      "The Word document holds a document type, which Word never writes.",
    );
  });
  parser.on("opentag", (tag) => {
    depth += 1;
    if (depth > limits.nesting) throw beyondLimit("docx", limits, "nesting");
    follower.open(tag);
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    follower.close?.(tag);
  });
  if (follower.text) parser.on("text", follower.text);
  if (follower.text) parser.on("cdata", follower.text);
  return parser;
};

const parse = (step: () => unknown): void => {
  try {
    step();
  } catch (cause) {
    throw damaged("docx", cause);
  }
};
