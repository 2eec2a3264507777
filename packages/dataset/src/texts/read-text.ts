import { utf8Text } from "../bytes/utf8-text.ts";
import { batches } from "../scan/batches.ts";
import type { ScanContext, Scanned } from "../scan/scanned.ts";
import { type Passage, Passages } from "./passages.ts";

/** Plain text or Markdown: one document, trained on every token. */
export async function* readText(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
  format: "plain-text" | "markdown",
): AsyncGenerator<Scanned[]> {
  context.facts.format = format;
  const passages = new Passages();
  const read = (passage: Passage) => passageRow(context.name, passage);
  for await (const text of utf8Text(bytes)) yield* batches(context.pacer, passages.push(text), read);
  yield* batches(context.pacer, passages.end(), read);
}

/** The row of a passage. */
export const passageRow = (name: string, passage: Passage & { page?: number | undefined }): Scanned => {
  const { text, line, page } = passage;
  return { row: { text, source: { name, line, ...(page !== undefined && { page }) } } };
};
