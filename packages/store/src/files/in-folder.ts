import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { AvatarScope, FileScope, Folder } from "../keys/index.ts";
import type { files, uploads } from "../tables/index.ts";

type Scoped = { userId: AnyPgColumn; avatarId: AnyPgColumn };

/** The rows of one avatar, or those of a user beside his avatars. */
export const ofScope = (table: Scoped, { userId, avatarId }: FileScope): SQL | undefined =>
  and(eq(table.userId, userId), avatarId === null ? isNull(table.avatarId) : eq(table.avatarId, avatarId));

/** The same in a prepared statement, which is given an avatar. */
export const ofGivenAvatar = sql`user_id = ${sql.placeholder("userId")} and avatar_id = ${sql.placeholder("avatarId")}`;

/** In a prepared statement, which is given {@link columnsOf}: the rows of any of these avatars. */
export const ofGivenScopes = ({ userId, avatarId }: Scoped): SQL =>
  sql`(${userId}, ${avatarId}) in (select * from ${unnestedScopes})`;

/** In a prepared statement: the avatars of {@link columnsOf}, as a table of (user_id, avatar_id). */
export const unnestedScopes = sql`unnest(${sql.placeholder("userIds")}::text[], ${sql.placeholder("avatarIds")}::text[])`;

export const columnsOf = (scopes: AvatarScope[]): { userIds: string[]; avatarIds: string[] } => ({
  userIds: scopes.map(({ userId }) => userId),
  avatarIds: scopes.map(({ avatarId }) => avatarId),
});

/** One text for each avatar: no id holds a slash. */
export const scopeKey = ({ userId, avatarId }: AvatarScope): string => `${userId}/${avatarId}`;

/** The rows of one folder. */
export const ofFolder = (table: Scoped & { kind: AnyPgColumn }, folder: Folder): SQL | undefined =>
  and(ofScope(table, folder), eq(table.kind, folder.kind));

/** The same in a prepared statement, which is given a folder of an avatar. */
export const ofGivenFolder = sql`${ofGivenAvatar} and kind = ${sql.placeholder("kind")}`;

/** The rows of one name: the file itself, or all its uploads. */
export const ofName = (
  table: typeof files | typeof uploads,
  { name, ...folder }: Folder & { name: string },
): SQL | undefined => and(ofFolder(table, folder), eq(table.name, name));
