import { inArray, lt, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { auditLog } from "../tables/index.ts";

/** More than this wait for the next sweep. */
const batch = 5_000;

/** Removes entries that are older than the operator keeps them, the oldest first. @returns how many */
export const sweepAudit = async ({ db, retention }: Pick<Store, "db" | "retention">): Promise<number> => {
  const keptSince = sql`now() - make_interval(days => ${retention.auditDays})`;
  // Ids rise with time, so that the oldest are found without another index.
  const oldest = db
    .select({ id: auditLog.id, at: auditLog.at })
    .from(auditLog)
    .orderBy(auditLog.id)
    .limit(batch)
    .as("oldest");
  const due = db.select({ id: oldest.id }).from(oldest).where(lt(oldest.at, keptSince));
  const removed = await db.delete(auditLog).where(inArray(auditLog.id, due)).returning({ id: auditLog.id });
  return removed.length;
};
