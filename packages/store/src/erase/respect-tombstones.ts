import { sql } from "drizzle-orm";
import { type FileScope, readTombstoneKey, tombstonesPrefix } from "../keys/index.ts";
import { listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { erasures, tombstones } from "../tables/index.ts";
import { eraseRows } from "./erase-rows.ts";
import { putTombstone, requestErasure } from "./sweep-erasures.ts";
import { isErased, type Tombstone, tombstoneOf } from "./tombstones.ts";

/** Rows of one insert. */
const batch = 1000;

/**
 * Compares the tables with the list of what was erased, which both they and the object store have: what an older
 * database, brought back from a backup, still holds is erased again. To be done before anybody is served.
 *
 * @throws LoraloomError `storage_unavailable`, `database_unavailable`
 */
export const respectTombstones = async (store: Store): Promise<void> => {
  const stored = await storedTombstones(store);
  const known = await store.db.select().from(tombstones);
  await learn(store, without(stored, known));
  for (const tombstone of without(known, stored)) await putTombstone(store, tombstone);
  for (const scope of await findReturned(store)) await eraseAgain(store, scope);
};

type KnownTombstone = Tombstone & { erasedAt: Date };

const storedTombstones = async ({ objects }: Store): Promise<KnownTombstone[]> => {
  const stored: KnownTombstone[] = [];
  for await (const { key, modifiedAt = new Date() } of listObjects(objects, tombstonesPrefix)) {
    const tombstone = readTombstoneKey(key);
    if (tombstone) stored.push({ ...tombstone, erasedAt: modifiedAt });
  }
  return stored;
};

const without = (some: KnownTombstone[], others: KnownTombstone[]): KnownTombstone[] => {
  const hashes = new Set(others.map(({ hash }) => hash));
  return some.filter(({ hash }) => !hashes.has(hash));
};

const learn = async ({ db }: Store, found: KnownTombstone[]): Promise<void> => {
  for (let at = 0; at < found.length; at += batch)
    await db
      .insert(tombstones)
      .values(found.slice(at, at + batch))
      .onConflictDoNothing();
};

const findReturned = async ({ db }: Store): Promise<FileScope[]> => {
  const { rows } = await db.execute<FileScope>(sql`
    with erased as (select hash from tombstones)
    select id as "userId", null as "avatarId" from users
    where encode(sha256(convert_to('user/' || id, 'UTF8')), 'hex') in (select hash from erased)
    union
    select user_id, null from limits
    where encode(sha256(convert_to('user/' || user_id, 'UTF8')), 'hex') in (select hash from erased)
    union all
    select user_id, id from avatars
    where encode(sha256(convert_to('avatar/' || user_id || '/' || id, 'UTF8')), 'hex') in (select hash from erased)`);
  return rows;
};

const eraseAgain = async (store: Store, scope: FileScope): Promise<void> => {
  const { hash: tombstone } = tombstoneOf(scope);
  const rows = await eraseRows(store, scope);
  store.log.warn({ tombstone, rows }, "what had been erased was there again, and was erased again");
  requestErasure(store, tombstone);
};

/**
 * Removes what lies in the object store of somebody who was erased, as an older bucket that was brought back has it.
 *
 * @returns whether he was erased
 */
export const sweepIfErased = async (store: Store, scope: FileScope): Promise<boolean> => {
  if (!(await isErased(store.db, scope))) return false;
  const { hash } = tombstoneOf(scope);
  await store.db
    .insert(erasures)
    .values({ hash, ...scope, uploadIds: [] })
    .onConflictDoUpdate({ target: erasures.hash, set: { dueAt: sql`now()` } });
  requestErasure(store, hash);
  return true;
};
