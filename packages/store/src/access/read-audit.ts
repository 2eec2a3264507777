import { and, desc, eq, gte, lt, type SQL } from "drizzle-orm";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { auditLog } from "../tables/index.ts";

export type AuditRecord = typeof auditLog.$inferSelect;
export type AuditFilter = {
  userId?: string | undefined;
  avatarId?: string | undefined;
  keyId?: string | undefined;
  action?: string | undefined;
  /** From this moment on, and before that one. */
  from?: Date | undefined;
  to?: Date | undefined;
};

/** Who did what, the newest first; `nextCursor` is null on the last page. */
export const listAudit = async (
  { db }: Pick<Store, "db">,
  filter: AuditFilter,
  { cursor, limit }: PageRequest,
): Promise<{ entries: AuditRecord[]; nextCursor: string | null }> => {
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(...conditionsOf(filter), cursor ? lt(auditLog.id, cursor) : undefined))
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { entries: page, nextCursor };
};

const conditionsOf = ({ from, to, ...same }: AuditFilter): (SQL | undefined)[] => [
  same.userId === undefined ? undefined : eq(auditLog.userId, same.userId),
  same.avatarId === undefined ? undefined : eq(auditLog.avatarId, same.avatarId),
  same.keyId === undefined ? undefined : eq(auditLog.keyId, same.keyId),
  same.action === undefined ? undefined : eq(auditLog.action, same.action),
  from && gte(auditLog.at, from),
  to && lt(auditLog.at, to),
];
