import { and, eq, type SQL } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { AvatarScope } from "../keys/index.ts";
import type { files, uploads } from "../tables/index.ts";

/** The rows of one avatar. */
export const ofAvatar = (
  table: { userId: AnyPgColumn; avatarId: AnyPgColumn },
  { userId, avatarId }: AvatarScope,
): SQL | undefined => and(eq(table.userId, userId), eq(table.avatarId, avatarId));

type Named = AvatarScope & Pick<typeof files.$inferSelect, "kind" | "name">;

/** The rows of one name: the file itself, or all its uploads. */
export const ofName = (
  table: typeof files | typeof uploads,
  { kind, name, ...scope }: Named,
): SQL | undefined => and(ofAvatar(table, scope), eq(table.kind, kind), eq(table.name, name));
