import { createHash, randomBytes } from "node:crypto";
import { LoraloomError } from "@loraloom/errors";
import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Answer } from "../gather.ts";
import { newId } from "../new-id.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Database, Executor, Store } from "../store.ts";
import { apiKeys, type KeyKind, type KeyScope } from "../tables/index.ts";
import { ensureUser } from "./avatars.ts";

export type ApiKeyInput = {
  kind: KeyKind;
  name: string;
  scopes: KeyScope[];
  /** Of a user key. */
  userId?: string | undefined;
  expiresAt?: Date | undefined;
};
/** A key as it is known to us; the secret is not. */
export type ApiKeyRecord = Omit<typeof apiKeys.$inferSelect, "hash"> & {
  /** By the database's clock. */
  expired: boolean;
};

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const recordColumns = {
  id: apiKeys.id,
  kind: apiKeys.kind,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  userId: apiKeys.userId,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  expired: sql<boolean>`coalesce(${apiKeys.expiresAt} <= now(), false)`,
};

/** Whether a text looks like a key, known or not. */
export const hasKeyForm = (secret: string): boolean => /^ll_[\w-]{43}$/.test(secret);

/** Makes a key. `key` is the secret itself and is known only to this answer. */
export const createApiKey = async (
  store: { db: Executor },
  { kind, name, scopes, userId, expiresAt }: ApiKeyInput,
): Promise<{ key: string; record: ApiKeyRecord }> => {
  const key = `ll_${randomBytes(32).toString("base64url")}`;
  if (userId !== undefined) await ensureUser(store, userId);
  const [record] = await store.db
    .insert(apiKeys)
    .values({ id: newId(), hash: hashOf(key), kind, name, scopes, userId, expiresAt })
    .returning(recordColumns);
  if (!record) throw new Error("An insert answered with no row.");
  return { key, record };
};

/** Looks keys up by one query, each by its hash. Every call asks for one, so that the query is prepared. */
export const findKeysTogether = (db: Database) => {
  const ofHashes = sql`${apiKeys.hash} = any(${sql.placeholder("hashes")})`;
  const query = db
    .select({ hash: apiKeys.hash, ...recordColumns })
    .from(apiKeys)
    .where(ofHashes)
    .prepare("find-keys");
  return async (hashes: string[]): Promise<Answer<ApiKeyRecord | undefined>[]> => {
    const rows = await query.execute({ hashes: [...new Set(hashes)] });
    const byHash = new Map(rows.map(({ hash, ...record }) => [hash, record]));
    return hashes.map((hash) => () => byHash.get(hash));
  };
};

/**
 * The key's record, also of a revoked or expired one; its use is noted at most once a minute. Nothing is remembered:
 * the query that answers begins after the call, so that a revocation holds for every call after it.
 */
export const findApiKey = async (store: Store, secret: string): Promise<ApiKeyRecord | undefined> => {
  const record = await store.keyReads("keys", hashOf(secret));
  if (!record || record.revokedAt || record.expired) return record;
  const unnoted = sql`${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} < now() - interval '1 minute'`;
  const noteDue = !record.lastUsedAt || Date.now() - record.lastUsedAt.getTime() > 60_000;
  if (noteDue) {
    await store.db
      .update(apiKeys)
      .set({ lastUsedAt: sql`now()` })
      .where(and(eq(apiKeys.id, record.id), sql`(${unnoted})`));
  }
  return record;
};

/** All keys, or those of one user, the newest first; `nextCursor` is null on the last page. */
export const listApiKeys = async (
  store: Store,
  { userId, cursor, limit }: PageRequest & { userId?: string | undefined },
): Promise<{ keys: ApiKeyRecord[]; nextCursor: string | null }> => {
  const ofUser = userId === undefined ? undefined : eq(apiKeys.userId, userId);
  const rows = await store.db
    .select(recordColumns)
    .from(apiKeys)
    .where(and(ofUser, cursor ? lt(apiKeys.id, cursor) : undefined))
    .orderBy(desc(apiKeys.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { keys: page, nextCursor };
};

/**
 * Revokes a key for good; a second time changes nothing.
 *
 * @throws LoraloomError `key_not_found`
 */
export const revokeApiKey = async (store: Store, id: string): Promise<ApiKeyRecord> => {
  const [record] = await store.db
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(eq(apiKeys.id, id))
    .returning(recordColumns);
  if (!record)
    throw new LoraloomError("key_not_found", `There is no key '${id}'.`, { details: { keyId: id } });
  return record;
};
