import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { FileScope, Folder } from "../keys/index.ts";
import type { files, uploads } from "../tables/index.ts";

type Scoped = { userId: AnyPgColumn; avatarId: AnyPgColumn };

/** The rows of one avatar, or those of a user beside his avatars. */
export const ofScope = (table: Scoped, { userId, avatarId }: FileScope): SQL | undefined =>
  and(eq(table.userId, userId), avatarId === null ? isNull(table.avatarId) : eq(table.avatarId, avatarId));

/** The rows of one folder. */
export const ofFolder = (table: Scoped & { kind: AnyPgColumn }, folder: Folder): SQL | undefined =>
  and(ofScope(table, folder), eq(table.kind, folder.kind));

/** The rows of one name: the file itself, or all its uploads. */
export const ofName = (
  table: typeof files | typeof uploads,
  { name, ...folder }: Folder & { name: string },
): SQL | undefined => and(ofFolder(table, folder), eq(table.name, name));
