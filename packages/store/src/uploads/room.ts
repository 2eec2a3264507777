import { LoraloomError } from "@loraloom/errors";
import { type SQL, sql } from "drizzle-orm";
import type { FileScope, Folder } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";

type Place = Folder & { name: string };
type Limited = { db: Executor; limits: Store["limits"] };

// In all of these `a` is the avatar.
const fileOf = sql`${files} as f where f.user_id = a.user_id and f.avatar_id = a.avatar_id and f.state <> 'deleting'`;
const comingOf = sql`coming as c where c.user_id = a.user_id and c.avatar_id = a.avatar_id`;

const isFile = (row: "p" | "c"): SQL =>
  sql`exists (select from ${fileOf} and (f.kind, f.name) = ${sql.raw(`(${row}.kind, ${row}.name)`)})`;

const fileCount = sql`(select count(*) from ${fileOf})`;
const comingCount = sql`(select count(distinct (c.kind, c.name)) from ${comingOf} and not ${isFile("c")})`;

/**
 * For a statement with a table `places` of (user_id, avatar_id, kind, name): the avatars among them that have all the
 * files they may have. Files count, and accepted uploads that will be files. Materialized in its parts, so that the files
 * of an avatar are counted once and not once a place.
 *
 * @param limit a number, or a placeholder of one
 */
export const fullAvatars = (limit: unknown): SQL => sql`
  coming as materialized (select user_id, avatar_id, kind, name from ${uploads} where state = 'completing'),
  avatars as materialized (select distinct user_id, avatar_id from places where avatar_id is not null),
  full_avatars as materialized (select a.* from avatars as a where ${fileCount} + ${comingCount} >= ${limit})`;

/** Whether a place `p` is a new name in one of those; a name that is there already is replaced. */
export const isSurplus = sql`exists (
  select from full_avatars as a where (a.user_id, a.avatar_id) = (p.user_id, p.avatar_id)
    and not ${isFile("p")} and not exists (select from ${comingOf} and (c.kind, c.name) = (p.kind, p.name)))`;

/**
 * Makes sure that there is room for one more name, and that nobody takes it before the transaction ends: who asks for
 * the same avatar waits until then.
 *
 * @throws LoraloomError `too_many_files`
 */
export const requireRoom = async (limited: Limited, place: Place): Promise<void> => {
  if (place.avatarId === null) return;
  await limited.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${roomLock(place)}, 0))`);
  const { rowCount } = await limited.db.execute(sql`
    with places as (select ${place.userId}::text as user_id, ${place.avatarId}::text as avatar_id,
      ${place.kind}::text as kind, ${place.name}::text as name),
    ${fullAvatars(limited.limits.filesPerAvatar)}
    select from places as p where ${isSurplus}`);
  if (rowCount) throw tooManyFiles(limited, place);
};

export const tooManyFiles = ({ limits }: Pick<Limited, "limits">, { name, avatarId }: Place): LoraloomError =>
  new LoraloomError(
    "too_many_files",
    `'${name}' is a new file, and avatar '${avatarId}' has the ${limits.filesPerAvatar} files that it may have.`,
    { details: { name, limit: limits.filesPerAvatar } },
  );

const roomLock = ({ userId, avatarId }: FileScope): string => `room:${JSON.stringify([userId, avatarId])}`;
