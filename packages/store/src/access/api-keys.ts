import { LoraloomError } from "@loraloom/errors";
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { unlessErased } from "../erase/tombstones.ts";
import { newId } from "../new-id.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Executor, Store } from "../store.ts";
import { apiKeys, type KeyKind, type KeyScope } from "../tables/index.ts";
import { ensureUser } from "./avatars.ts";
import { type ApiKeyRecord, hashOf, newSecret, recordColumns } from "./key-record.ts";

export type ApiKeyInput = {
  kind: KeyKind;
  name: string;
  scopes: KeyScope[];
  /** Of a user key. */
  userId?: string | undefined;
  expiresAt?: Date | undefined;
};

/**
 * Makes a key. `key` is the secret itself and is known only to this answer.
 *
 * @throws LoraloomError `user_erased`
 */
export const createApiKey = async (
  store: { db: Executor },
  { kind, name, scopes, userId, expiresAt }: ApiKeyInput,
): Promise<{ key: string; record: ApiKeyRecord }> => {
  const key = newSecret();
  const insert = () =>
    store.db
      .insert(apiKeys)
      .values({ id: newId(), hash: hashOf(key), kind, name, scopes, userId, expiresAt })
      .returning(recordColumns);
  const [record] = await (userId === undefined ? insert() : insertOf(store, userId, insert));
  if (!record) throw new Error("An insert answered with no row.");
  return { key, record };
};

const insertOf = async <Row>(
  store: { db: Executor },
  userId: string,
  insert: () => Promise<Row[]>,
): Promise<Row[]> => {
  await ensureUser(store, userId);
  return unlessErased(store.db, { userId, avatarId: null }, insert);
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
  if (!record) throw unknownKey(id);
  return record;
};

export const unknownKey = (id: string): LoraloomError =>
  new LoraloomError("key_not_found", `There is no key '${id}'.`, { details: { keyId: id } });
