import { type ErrorCode, isLoraloomError } from "@loraloom/errors";
import { type DocumentKind, readDocument, readParquet, type TextBlock } from "../documents/index.ts";
import { FileFault, printable } from "../faults.ts";
import { JsonRows } from "../json/json-rows.ts";
import { type Passage, Passages } from "../texts/passages.ts";
import { passageRow } from "../texts/read-text.ts";
import { batches, paced } from "./batches.ts";
import type { ScanContext, Scanned } from "./scanned.ts";

/** What the reading of a document may find wrong with it. */
const documentFaults = new Set<ErrorCode>([
  "no_text",
  "encrypted_document",
  "document_limit",
  "inspection_failed",
  "not_utf8",
]);

/** The text of a PDF, HTML or DOCX, trained on every token; a page of a PDF is at least one row. */
export async function* readDocumentRows(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
  kind: DocumentKind,
): AsyncGenerator<Scanned[]> {
  const { facts, pacer } = context;
  facts.format = kind;
  const document = new DocumentRows(context.name);
  for await (const block of asFileFaults(readDocument(bytes, kind, sizesOf(context)))) {
    facts.pages = block.pages ?? facts.pages;
    yield* paced(pacer, document.push(block));
  }
  yield* paced(pacer, document.end());
}

class DocumentRows {
  private readonly name: string;
  private readonly passages = new Passages();
  private page: number | undefined;

  constructor(name: string) {
    this.name = name;
  }

  *push({ text, page }: TextBlock): Generator<Scanned[]> {
    if (page !== this.page) yield* this.end();
    this.page = page;
    yield this.rows(this.passages.push(`${text}\n\n`));
  }

  *end(): Generator<Scanned[]> {
    yield this.rows(this.passages.end());
  }

  private rows(passages: Iterable<Passage>): Scanned[] {
    return Array.from(passages, (passage) => passageRow(this.name, { ...passage, page: this.page }));
  }
}

/** A document unpacks to no more than a file may have, as a gzip does. */
const sizesOf = ({ limits: { fileBytes } }: ScanContext) => ({
  fileBytes,
  outputBytes: fileBytes,
  unpackedBytes: fileBytes,
});

const rowSizesOf = (context: ScanContext) => {
  const { rowBytes, rowsPerFile: rows } = context.limits;
  return { ...sizesOf(context), rowBytes, rows };
};

/** Each row of a Parquet file is read as the JSON row that it is equal to; its line is its place, from 1. */
export async function* readParquetRows(
  context: ScanContext,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Scanned[]> {
  context.facts.format = "parquet";
  const rows = new JsonRows(context);
  for await (const { row, index } of asFileFaults(readParquet(bytes, rowSizesOf(context)))) {
    yield* batches(context.pacer, [row], (value) => rows.read(withoutNulls(value), { line: index + 1 }));
  }
  yield* paced(context.pacer, rows.end());
}

/** A column that a row leaves out is null in a Parquet file, inside of its structs too. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutNulls(member)]));
};

async function* asFileFaults<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (!isLoraloomError(error) || !documentFaults.has(error.code)) throw error;
    throw new FileFault(error.code, printable(error.message), { cause: error });
  }
}
