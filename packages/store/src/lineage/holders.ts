import { sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import type { VersionState } from "../tables/adapters.ts";
import { digestsOfFile, type ReadFile } from "./file-digests.ts";

/**
 * How bytes are in a version: it was trained on them, it came out of one that was, or it was only measured on them
 * and its weights hold nothing of them.
 */
export type Holding = "trained" | "inherited" | "evaluated";
export type VersionHolder = { version: string; avatarId: string; state: VersionState; how: Holding };
export type BackupHolder = { backup: string; avatarId: string; version: string; how: Holding };
export type Holders = { versions: VersionHolder[]; backups: BackupHolder[] };

/**
 * Every version and backup, in any avatar of the user, that learned from the bytes that a file has or had, through
 * restores and warm starts too.
 *
 * @throws LoraloomError `file_not_found`, `bad_file_name`, `storage_unavailable`
 */
export const versionsWith = async (store: Store, scope: AvatarScope, file: ReadFile): Promise<Holders> =>
  holdersOf(store.db, scope.userId, await digestsOfFile(store, scope, file));

/** The same for bytes by their SHA-256. */
export const holdersOf = async (db: Executor, userId: string, digests: string[]): Promise<Holders> => ({
  versions: await versionHolders(db, userId, digests),
  backups: await backupHolders(db, userId, digests),
});

/** `held`: each version of the user that holds the bytes, and how. */
const heldBy = (userId: string, digests: string[]) => sql`
  with recursive read as (
    select version_id, bool_or(role = 'train') as trained
    from version_inputs join versions on versions.id = version_inputs.version_id
    where user_id = ${userId} and sha256 = any(${sql.param(digests)})
    group by version_id
  ),
  learned as (
    select version_id, true as directly from read where trained
    union
    select version_parents.version_id, false
    from version_parents join learned on version_parents.parent_id = learned.version_id
  ),
  held as (
    select version_id, case when bool_or(directly) then 'trained' else 'inherited' end as how
    from learned group by version_id
    union all
    select version_id, 'evaluated' from read where version_id not in (select version_id from learned)
  )`;

const versionHolders = async (db: Executor, userId: string, digests: string[]): Promise<VersionHolder[]> => {
  const { rows } = await db.execute<VersionHolder>(sql`
    ${heldBy(userId, digests)}
    select id as version, avatar_id as "avatarId", state, how
    from held join versions on versions.id = held.version_id
    where user_id = ${userId} order by id desc`);
  return rows;
};

/** What a backup's own record tells counts too: its version may be gone. */
const backupHolders = async (db: Executor, userId: string, digests: string[]): Promise<BackupHolder[]> => {
  const { rows } = await db.execute<BackupHolder>(sql`
    ${heldBy(userId, digests)}
    select id as backup, avatar_id as "avatarId", backups.version_id as version, coalesce(held.how, recorded.how) as how
    from backups left join held on held.version_id = backups.version_id
    left join lateral (
      select case when bool_or(input->>'role' = 'train') then 'trained' else 'evaluated' end as how
      from jsonb_array_elements(manifest->'inputs') input
      where input->>'sha256' = any(${sql.param(digests)}) having count(*) > 0
    ) recorded on true
    where user_id = ${userId} and coalesce(held.how, recorded.how) is not null order by id desc`);
  return rows;
};
