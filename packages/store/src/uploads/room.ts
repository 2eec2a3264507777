import { LoraloomError } from "@loraloom/errors";
import { type SQL, sql } from "drizzle-orm";
import type { FileScope, Folder } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";

type Place = Folder & { name: string };
type Limited = { db: Executor; limits: Store["limits"] };

/**
 * Those of some places that have no room: new names in an avatar that has all the files it may have. Files count, and
 * accepted uploads that will be files; a name that is there already is replaced. One statement for any number of places,
 * materialized in its parts so that the files of an avatar are counted once and not once a place.
 */
export const findSurplus = async <At extends Place>({ db, limits }: Limited, places: At[]): Promise<At[]> => {
  const { rows } = await db.execute<{ at: number }>(sql`
    with places as (${listed(places)}),
    avatars as materialized (select distinct user_id, avatar_id from places where avatar_id is not null),
    full_avatars as materialized (
      select a.* from avatars as a where ${fileCount} + ${comingCount} >= ${limits.filesPerAvatar}
    )
    select p.at::int from places as p join full_avatars as a using (user_id, avatar_id)
    where not ${isFile("p")} and not ${isComing("p")}`);
  return rows.flatMap(({ at }) => places[at - 1] ?? []);
};

/**
 * Makes sure that there is room for one more name, and that nobody takes it before the transaction ends: who asks for
 * the same avatar waits until then.
 *
 * @throws LoraloomError `too_many_files`
 */
export const requireRoom = async (limited: Limited, place: Place): Promise<void> => {
  if (place.avatarId === null) return;
  await limited.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${roomLock(place)}, 0))`);
  const [surplus] = await findSurplus(limited, [place]);
  if (surplus) throw tooManyFiles(limited, surplus);
};

export const tooManyFiles = ({ limits }: Pick<Limited, "limits">, { name, avatarId }: Place): LoraloomError =>
  new LoraloomError(
    "too_many_files",
    `'${name}' is a new file, and avatar '${avatarId}' has the ${limits.filesPerAvatar} files that it may have.`,
    { details: { name, limit: limits.filesPerAvatar } },
  );

const roomLock = ({ userId, avatarId }: FileScope): string => `room:${JSON.stringify([userId, avatarId])}`;

const listed = (places: Place[]): SQL => {
  const all = (key: keyof Place) => sql`${sql.param(places.map((place) => place[key]))}::text[]`;
  return sql`
    select * from unnest(${all("userId")}, ${all("avatarId")}, ${all("kind")}, ${all("name")})
    with ordinality as p(user_id, avatar_id, kind, name, at)`;
};

// In all of these `a` is the avatar.
const fileOf = sql`${files} as f where f.user_id = a.user_id and f.avatar_id = a.avatar_id and f.state <> 'deleting'`;
const uploadOf = sql`${uploads} as u where u.user_id = a.user_id and u.avatar_id = a.avatar_id and u.state = 'completing'`;

const isFile = (row: "p" | "u"): SQL =>
  sql`exists (select from ${fileOf} and (f.kind, f.name) = ${sql.raw(`(${row}.kind, ${row}.name)`)})`;
const isComing = (row: "p"): SQL =>
  sql`exists (select from ${uploadOf} and (u.kind, u.name) = ${sql.raw(`(${row}.kind, ${row}.name)`)})`;

const fileCount = sql`(select count(*) from ${fileOf})`;
const comingCount = sql`(select count(distinct (u.kind, u.name)) from ${uploadOf} and not ${isFile("u")})`;
