import { sql } from "drizzle-orm";
import { type FileScope, scopePrefix } from "../keys/index.ts";
import { listObjects } from "../objects/index.ts";
import type { Executor, Store } from "../store.ts";
import type { Descent } from "../tables/adapters.ts";
import { ownedRows } from "./owned-rows.ts";

/** Rows by what they are; kinds without any are left out. */
export type RowCounts = Record<string, number>;
export type ObjectCounts = { objects: number; bytes: number };
/** A version of another avatar that came out of one of this avatar's. */
export type LeftVersion = { version: string; avatarId: string; how: Descent };

/** What an erasure would take from the tables. */
export const countRows = async (db: Executor, scope: FileScope): Promise<RowCounts> => {
  const counts: RowCounts = {};
  for (const { kind, table, which } of ownedRows) {
    const owned = which(db, scope);
    if (!owned) continue;
    const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(table).where(owned);
    if (row && row.count > 0) counts[kind] = row.count;
  }
  return counts;
};

/** What it would take from the object store. @throws LoraloomError `storage_unavailable` */
export const countObjects = async ({ objects }: Store, scope: FileScope): Promise<ObjectCounts> => {
  const counts = { objects: 0, bytes: 0 };
  for await (const { size } of listObjects(objects, scopePrefix(scope))) {
    counts.objects += 1;
    counts.bytes += size;
  }
  return counts;
};

/** What it leaves, though its weights hold what was learned there: versions of the user's other avatars. */
export const findLeftVersions = async (
  db: Executor,
  { userId, avatarId }: FileScope,
): Promise<LeftVersion[]> => {
  if (avatarId === null) return [];
  const { rows } = await db.execute<LeftVersion>(sql`
    with recursive line as (
      select child.version_id, child.how from version_parents child
      join versions parent on parent.id = child.parent_id
      where parent.user_id = ${userId} and parent.avatar_id = ${avatarId}
      union
      select next.version_id, next.how from version_parents next join line on next.parent_id = line.version_id
    )
    select distinct on (line.version_id) line.version_id as version, versions.avatar_id as "avatarId", line.how
    from line join versions on versions.id = line.version_id
    where versions.avatar_id <> ${avatarId} order by line.version_id desc`);
  return rows;
};
