/**
 * The process that reads one file of somebody else's: its bytes come in over stdin, messages go out over stdout.
 *
 * Run by `reader-process.ts` as `main.ts <kind> <folder> <limits as JSON>`, with nothing allowed but to read the
 * program and to write the folder.
 */
import "./no-network.ts";
import type { DocumentLimits, FileKind } from "../document-limits.ts";
import type { Failure } from "../reader-messages.ts";
import { LineOutput } from "./line-output.ts";
import { ReadFailure } from "./read-failure.ts";
import { type Spool, spoolInput } from "./spool.ts";

/** Gives the JSON of one message at a time. */
export type FileReader = (spool: Spool, limits: DocumentLimits) => AsyncGenerator<string>;

const readers: Record<FileKind, () => Promise<FileReader>> = {
  pdf: async () => (await import("./pdf.ts")).readPdf,
  docx: async () => (await import("./docx.ts")).readDocx,
  html: async () => (await import("./html.ts")).readHtml,
  parquet: async () => (await import("./parquet.ts")).readParquetRows,
};

const main = async ([kind, folder, limits]: string[]): Promise<void> => {
  if (!kind || !folder || !limits) throw new Error("This process needs a kind, a folder and limits.");
  const [read, spool] = await Promise.all([readers[kind as FileKind](), spoolInput(process.stdin, folder)]);
  const output = new LineOutput(process.stdout);
  try {
    for await (const message of read(spool, JSON.parse(limits))) await output.write(message);
    await output.write(JSON.stringify({ end: true }));
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    await output.write(JSON.stringify({ failed: verdict(error) }));
  }
  await output.flush();
};

const verdict = ({ code, message, limit }: ReadFailure): Failure => ({
  code,
  message,
  ...(limit && { limit }),
});

// Libraries print warnings: stdout is for messages only.
console.log = console.error;
await main(process.argv.slice(2));
