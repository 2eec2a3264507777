import { type DocumentLimits, parquetLimits } from "./document-limits.ts";
import { readInChild } from "./exchange.ts";

/** A row as JSON values; `index` counts from 0 over the whole file. */
export type ParquetFileRow = { row: Record<string, unknown>; index: number };

/**
 * The rows of a Parquet file, in its order, read in a child process.
 *
 * Lists and structs are JSON lists and objects, 64-bit integers are numbers while these are exact and strings beyond,
 * times are ISO 8601 strings, bytes that are no text are base64, NaN and infinities are null.
 *
 * @throws LoraloomError `encrypted_document`; `document_limit` (`details.limit` names which); `not_utf8`;
 *   `inspection_failed` for a damaged file
 *
 * @example
 * for await (const { row, index } of readParquet(bytes)) console.log(index, row.prompt);
 */
export async function* readParquet(
  bytes: AsyncIterable<Uint8Array>,
  limits: Partial<DocumentLimits> = {},
): AsyncGenerator<ParquetFileRow> {
  const reading = { kind: "parquet", bytes, limits: { ...parquetLimits, ...limits } } as const;
  for await (const message of readInChild(reading)) {
    if ("row" in message) yield message;
  }
}
