import { sql } from "drizzle-orm";
import type { Executor, Store } from "../store.ts";
import { type Limits, readLimitsOf } from "./read-limits.ts";
import { readUsage, type Usage } from "./read-usage.ts";
import { readStorageBytes } from "./storage-bytes.ts";

/** All that a user uses and may use. */
export type AllUsage = Usage & RunCounts & { storageBytes: number; limits: Limits };
type RunCounts = { runningRuns: number; queuedRuns: number };

export const readAllUsage = async ({ db }: Pick<Store, "db">, userId: string): Promise<AllUsage> => {
  const [usage, counts, storageBytes, limits] = await Promise.all([
    readUsage(db, userId),
    countRuns(db, userId),
    readStorageBytes(db, userId),
    readLimitsOf(db, userId),
  ]);
  return { ...usage, ...counts, storageBytes, limits };
};

const countRuns = async (db: Executor, userId: string): Promise<RunCounts> => {
  const { rows } = await db.execute<RunCounts>(sql`
    select (count(*) filter (where status = 'queued'))::int as "queuedRuns",
      (count(*) filter (where status <> 'queued'))::int as "runningRuns"
    from runs where user_id = ${userId} and status in ('queued', 'preparing', 'training', 'exporting')`);
  return rows[0] ?? { runningRuns: 0, queuedRuns: 0 };
};
