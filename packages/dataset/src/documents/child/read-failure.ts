import { type DocumentLimit, type DocumentLimits, type FileKind, kindNames } from "../document-limits.ts";
import type { Failure } from "../reader-messages.ts";

/** A verdict about the file; anything else that is thrown in this process is a crash of ours. */
export class ReadFailure extends Error {
  override name = "ReadFailure";
  readonly code: Failure["code"];
  readonly limit: DocumentLimit | undefined;

  constructor(code: Failure["code"], message: string, options?: { limit?: DocumentLimit; cause?: unknown }) {
    super(message, options && "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.limit = options?.limit;
  }
}

/** Our libraries throw plain errors for broken files: whatever one throws that is no verdict means a damaged file. */
export const damaged = (kind: FileKind, cause: unknown): ReadFailure =>
  cause instanceof ReadFailure
    ? cause
    : new ReadFailure("inspection_failed", `The ${kindNames[kind]} is damaged: its content can't be read.`, {
        cause,
      });

export const noText = (kind: FileKind): ReadFailure =>
  new ReadFailure("no_text", `The ${kindNames[kind]} has no text.`);

/** The limits that the child itself keeps. */
type ChildLimit = Extract<
  DocumentLimit,
  "unpackedBytes" | "parts" | "pages" | "rows" | "rowBytes" | "nesting"
>;

/** As `byteSize` of our errors, which this process may not read. */
const mebibytes = (bytes: number): string => `${Math.ceil((bytes / 1024 ** 2) * 10) / 10} MiB`;

const phrases: Record<ChildLimit, (value: number) => string> = {
  unpackedBytes: (value) => `unpacks to more than ${mebibytes(value)}`,
  parts: (value) => `has more than ${value} parts`,
  pages: (value) => `has more than ${value} pages`,
  rows: (value) => `has more than ${value} rows`,
  rowBytes: (value) => `has a row of more than ${mebibytes(value)}`,
  nesting: (value) => `is nested more than ${value} elements deep`,
};

export const beyondLimit = (kind: FileKind, limits: DocumentLimits, limit: ChildLimit): ReadFailure =>
  new ReadFailure("document_limit", `The ${kindNames[kind]} ${phrases[limit](limits[limit])}.`, { limit });
