import { sql } from "drizzle-orm";
import { type FileKind, isInspected } from "../keys/index.ts";

/** What is known of bytes that have just come to a file's place. */
export type FileContent = {
  etag: string;
  /** Bytes. */
  size: number;
  /** Hex; null: a side job computes it. */
  sha256: string | null;
  contentType: string;
};

/** The part of a row that is about its bytes: nothing that was known of older ones stays. */
export const newContent = (kind: FileKind, { etag, size, sha256, contentType }: FileContent) => ({
  etag,
  size,
  sha256,
  contentType,
  state: isInspected(kind) ? ("inspecting" as const) : ("ready" as const),
  deletion: null,
  report: null,
  tokens: null,
  tokensBase: null,
  inspections: 0,
  updatedAt: sql`now()`,
});
