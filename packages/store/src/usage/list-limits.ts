import { and, asc, gt, ne } from "drizzle-orm";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { everybody, type LimitChanges, limits } from "../tables/index.ts";

/** What was set for one user. */
export type OwnLimits = { userId: string; changes: LimitChanges; updatedAt: Date };

/** The users that have limits of their own, in the order of their ids. */
export const listLimits = async (
  { db }: Store,
  { cursor, limit }: PageRequest,
): Promise<{ users: OwnLimits[]; nextCursor: string | null }> => {
  const rows = await db
    .select()
    .from(limits)
    .where(and(ne(limits.userId, everybody), cursor ? gt(limits.userId, cursor) : undefined))
    .orderBy(asc(limits.userId))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ userId }) => userId);
  return { users: page, nextCursor };
};
