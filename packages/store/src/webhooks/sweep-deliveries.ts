import { asc, inArray, lt, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { webhookDeliveries } from "../tables/index.ts";

const daysKept = 30;
/** More than this wait for the next sweep. */
const batch = 5_000;

/** Forgets deliveries that came to their end long ago, the oldest first. @returns how many */
export const sweepDeliveries = async ({ db }: Store): Promise<number> => {
  const { id, endedAt } = webhookDeliveries;
  const due = db
    .select({ id })
    .from(webhookDeliveries)
    .where(lt(endedAt, sql`now() - make_interval(days => ${daysKept})`))
    .orderBy(asc(endedAt))
    .limit(batch);
  const removed = await db.delete(webhookDeliveries).where(inArray(id, due)).returning({ id });
  return removed.length;
};
