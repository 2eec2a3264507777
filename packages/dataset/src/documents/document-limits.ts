/** What reading one document or Parquet file may cost; beyond it the reader answers `document_limit`. */
export const documentLimits = {
  /** Of the file itself. */
  fileBytes: 512 * 1024 * 1024,
  /** Resident memory of the child that reads it. */
  memoryBytes: 1024 * 1024 * 1024,
  /** Time spent waiting for the child; a slow upload or a slow consumer costs nothing. */
  milliseconds: 120_000,
  /** Of text or rows, as JSON, over the whole file. */
  outputBytes: 512 * 1024 * 1024,
  /** Of what a DOCX unpacks to, whatever sizes it declares. */
  unpackedBytes: 512 * 1024 * 1024,
  /** Parts of a DOCX. */
  parts: 10_000,
  /** Pages of a PDF. */
  pages: 10_000,
  /** Rows of a Parquet file. */
  rows: 1_000_000,
  /** One row of a Parquet file, as JSON. */
  rowBytes: 1024 * 1024,
  /** Depth of a DOCX's elements; real ones stay below 100. */
  nesting: 1_000,
} as const;

/**
 * Lists and structs are decoded a row group at a time, and writers put up to a million rows into one: 250 MB of chats
 * in a single group need 1.8 GB.
 */
export const parquetLimits = { ...documentLimits, memoryBytes: 2 * 1024 * 1024 * 1024 } as const;

export type DocumentLimits = { [limit in keyof typeof documentLimits]: number };
export type DocumentLimit = keyof DocumentLimits;

/** A longer paragraph or page comes in several pieces, so that no message outgrows a parent's memory. */
export const blockCharacters = 64 * 1024;

/** The longest line that a child may write: a row, or a block whose every character is escaped. */
export const longestMessage = (limits: DocumentLimits): number =>
  Math.max(limits.rowBytes, blockCharacters * "\\u0000".length) + 1024;

/** What is read, in the words of messages. */
export const kindNames = {
  pdf: "PDF",
  docx: "Word document",
  html: "HTML file",
  parquet: "Parquet file",
} as const;

export type FileKind = keyof typeof kindNames;
export type DocumentKind = Exclude<FileKind, "parquet">;
