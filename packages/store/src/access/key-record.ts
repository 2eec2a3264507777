import { createHash, randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { apiKeys } from "../tables/index.ts";

/** A key as it is known to us; its secrets are not. */
export type ApiKeyRecord = Omit<typeof apiKeys.$inferSelect, "hash" | "previousHash"> & {
  /** By the database's clock. */
  expired: boolean;
  /** Whether its last use was noted a minute ago or longer. */
  useUnnoted: boolean;
  /** Whether the secret before the last rotation opens nothing any more. */
  previousEnded: boolean;
};

/** By the database's clock. */
export const useUnnoted = sql`(${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} < now() - interval '1 minute')`;

export const recordColumns = {
  id: apiKeys.id,
  kind: apiKeys.kind,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  userId: apiKeys.userId,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  rotatedAt: apiKeys.rotatedAt,
  previousUntil: apiKeys.previousUntil,
  expired: sql<boolean>`coalesce(${apiKeys.expiresAt} <= now(), false)`,
  useUnnoted: sql<boolean>`${useUnnoted}`,
  previousEnded: sql<boolean>`coalesce(${apiKeys.previousUntil} <= now(), true)`,
};

export const newSecret = (): string => `ll_${randomBytes(32).toString("base64url")}`;

export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Whether a text looks like a key, known or not. */
export const hasKeyForm = (secret: string): boolean => /^ll_[\w-]{43}$/.test(secret);
