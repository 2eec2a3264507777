/** Documents and Parquet files, read in a child process (docs/decisions/0004-documents-in-a-child.md). */

export { type DocumentKind, type DocumentLimits, documentLimits, parquetLimits } from "./document-limits.ts";
export { readDocument, type TextBlock } from "./read-document.ts";
export { type ParquetFileRow, readParquet } from "./read-parquet.ts";
