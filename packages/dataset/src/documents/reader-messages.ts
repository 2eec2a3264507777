import { z } from "zod";

/**
 * What a reader child writes, one JSON line each. Owned by the parent, which parses every line: by then the
 * child has read a file of somebody else's.
 */
export const readerMessage = z.union([
  z.strictObject({
    block: z.strictObject({
      text: z.string(),
      page: z.int().positive().optional(),
      pages: z.int().positive().optional(),
    }),
  }),
  z.strictObject({ row: z.record(z.string(), z.unknown()), index: z.int().nonnegative() }),
  z.strictObject({
    failed: z.strictObject({
      code: z.enum(["no_text", "encrypted_document", "document_limit", "not_utf8", "inspection_failed"]),
      message: z.string(),
      limit: z.string().optional(),
    }),
  }),
  z.strictObject({ end: z.literal(true) }),
]);

export type ReaderMessage = z.infer<typeof readerMessage>;
export type BlockMessage = Extract<ReaderMessage, { block: unknown }>;
export type RowMessage = Extract<ReaderMessage, { row: unknown }>;
export type Failure = Extract<ReaderMessage, { failed: unknown }>["failed"];
