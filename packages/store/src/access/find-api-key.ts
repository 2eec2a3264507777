import { and, inArray, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { Answer } from "../gather.ts";
import type { Database, Store } from "../store.ts";
import { apiKeys } from "../tables/index.ts";
import { type ApiKeyRecord, hashOf, recordColumns, useUnnoted } from "./key-record.ts";

export type FoundKey = ApiKeyRecord & {
  /** Shown by the secret that it had before its last rotation. */
  byPrevious: boolean;
};

/** Looks keys up by one query, each by a hash. */
export const findKeysTogether = async (
  db: Database,
  asked: string[],
): Promise<Answer<FoundKey | undefined>[]> => {
  const rows = await keysOfHashes(db).execute({ hashes: [...new Set(asked)] });
  const byHash = new Map(rows.flatMap(entriesOf));
  return asked.map((hash) => () => byHash.get(hash));
};

const hashes = sql.placeholder("hashes");

const keysOfHashes = preparedQuery((db) =>
  db
    .select({ hash: apiKeys.hash, previousHash: apiKeys.previousHash, ...recordColumns })
    .from(apiKeys)
    .where(sql`${apiKeys.hash} = any(${hashes}) or ${apiKeys.previousHash} = any(${hashes})`)
    .prepare("find-keys"),
);

type Row = ApiKeyRecord & { hash: string; previousHash: string | null };

const entriesOf = ({ hash, previousHash, ...record }: Row): [string, FoundKey][] => {
  const now: [string, FoundKey] = [hash, { ...record, byPrevious: false }];
  return previousHash === null ? [now] : [now, [previousHash, { ...record, byPrevious: true }]];
};

/**
 * The key's record, also of a revoked, expired or rotated one; its use is noted at most once a minute. Nothing is
 * remembered: the query that answers begins after the call, so that a revocation holds for every call after it.
 */
export const findApiKey = async (store: Store, secret: string): Promise<FoundKey | undefined> => {
  const record = await store.keyReads("keys", hashOf(secret));
  if (!record || !isUsable(record)) return record;
  if (record.useUnnoted) await store.keyUses("uses", record.id);
  return record;
};

const isUsable = ({ revokedAt, expired, byPrevious, previousEnded }: FoundKey): boolean =>
  !revokedAt && !expired && !(byPrevious && previousEnded);

/** Notes by one statement that keys are used; the calls of one moment find one of them due. */
export const noteUsesTogether = async (db: Database, ids: string[]): Promise<Answer<void>[]> => {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(and(inArray(apiKeys.id, [...new Set(ids)]), useUnnoted));
  return ids.map(() => () => undefined);
};
