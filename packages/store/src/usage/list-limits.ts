import { and, asc, gt, ne } from "drizzle-orm";
import { type PageRequest, pageOf, placeCursors } from "../page.ts";
import type { Store } from "../store.ts";
import { everybody, type LimitChanges, limits } from "../tables/index.ts";

/** What was set for one user. */
export type OwnLimits = { userId: string; changes: LimitChanges; updatedAt: Date };

const limitCursors = placeCursors("limits", 1);

/** The users that have limits of their own, in the order of their ids. @throws LoraloomError `bad_input` of the cursor */
export const listLimits = async (
  { db }: Store,
  { cursor, limit }: PageRequest,
): Promise<{ users: OwnLimits[]; nextCursor: string | null }> => {
  const [after] = cursor === undefined ? [] : limitCursors.read(cursor);
  const rows = await db
    .select()
    .from(limits)
    .where(and(ne(limits.userId, everybody), after === undefined ? undefined : gt(limits.userId, after)))
    .orderBy(asc(limits.userId))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ userId }) => limitCursors.at(userId));
  return { users: page, nextCursor };
};
