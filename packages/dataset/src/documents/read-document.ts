import { type DocumentKind, type DocumentLimits, documentLimits } from "./document-limits.ts";
import { readInChild } from "./exchange.ts";

/** Text of a document; `page` counts from 1 and `pages` is their number, of a PDF only. */
export type TextBlock = { text: string; page?: number | undefined; pages?: number | undefined };

/**
 * The text of a document as a reader sees it, in its order, read in a child process.
 *
 * A PDF gives one block a page (pages without text give none), HTML and DOCX one a paragraph, heading, list or
 * table: list items and table rows are lines, cells are parted by tabs. More than 64 Ki characters come in several
 * blocks. Between blocks belongs a blank line.
 *
 * @throws LoraloomError `no_text`; `encrypted_document`; `document_limit` (`details.limit` names which);
 *   `not_utf8` for HTML in neither UTF-8 nor the encoding that it declares; `inspection_failed` for a damaged file
 *
 * @example
 * for await (const { text, page } of readDocument(bytes, "pdf")) console.log(page, text);
 */
export async function* readDocument(
  bytes: AsyncIterable<Uint8Array>,
  kind: DocumentKind,
  limits: Partial<DocumentLimits> = {},
): AsyncGenerator<TextBlock> {
  for await (const message of readInChild({ kind, bytes, limits: { ...documentLimits, ...limits } })) {
    if ("block" in message) yield message.block;
  }
}
