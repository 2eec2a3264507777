import type { DocumentLimits } from "../document-limits.ts";
import { blockJson } from "./blocks.ts";
import { DocxArchive } from "./docx-archive.ts";
import { findTextParts } from "./docx-parts.ts";
import { DocxText } from "./docx-text.ts";
import { followPart } from "./docx-xml.ts";
import { noText } from "./read-failure.ts";
import type { Spool } from "./spool.ts";

/** The text of a Word document: its body, then its notes; no headers, footers, comments or deleted text. */
export async function* readDocx(spool: Spool, limits: DocumentLimits): AsyncGenerator<string> {
  if (spool.size === 0) throw noText("docx");
  const archive = await DocxArchive.open(spool, limits);
  let blocks = 0;
  for (const name of await findTextParts(archive, limits)) {
    for await (const text of readPart(archive, { name, limits })) {
      blocks += 1;
      yield blockJson({ text });
    }
  }
  if (blocks === 0) throw noText("docx");
}

async function* readPart(
  archive: DocxArchive,
  part: { name: string; limits: DocumentLimits },
): AsyncGenerator<string> {
  const text = new DocxText();
  for await (const _ of followPart(archive, part, text)) yield* text.flow.take();
  yield* text.flow.end();
}
