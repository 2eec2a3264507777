import { z } from "zod";
import { text } from "../schemas/text.ts";

export const scopesSchema = z.array(z.enum(["read", "write", "train", "admin"]));
export const keyName = text.min(1).max(200);

const recordShape = {
  id: z.string(),
  kind: z.enum(["user", "service"]),
  name: z.string(),
  scopes: scopesSchema,
  /** Of a user key. */
  userId: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
};

/** A key as it is known to the server; the key itself is not. */
export const keySchema = z.object({
  ...recordShape,
  /** By the server's clock. */
  state: z.enum(["valid", "expired", "revoked"]),
  revokedAt: z.date().nullable(),
  /** To the minute. */
  lastUsedAt: z.date().nullable(),
  rotatedAt: z.date().nullable(),
  /** The secret before the last rotation opens as much until then; null: it has ended. */
  previousUntil: z.date().nullable(),
});

/** `key` is shown this once. */
export const newKeySchema = z.object({ ...recordShape, key: z.string() });
