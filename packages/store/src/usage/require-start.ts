import { sql } from "drizzle-orm";
import type { Transaction } from "../transaction.ts";
import { findSpentOf } from "./budget.ts";
import { limitReached } from "./limit-reached.ts";
import { readLimitsOf } from "./read-limits.ts";

/**
 * Makes sure that a user may queue one more run. Where the queue is limited whoever starts another one waits until the
 * transaction ends, so that many at once are never more than it takes.
 *
 * @throws LoraloomError `limit_reached`
 */
export const requireStart = async (tx: Transaction, userId: string): Promise<void> => {
  const limits = await readLimitsOf(tx, userId);
  const spent = await findSpentOf(tx, userId, limits);
  if (spent) throw limitReached(spent);
  if (limits.queuedRuns !== null) await requireQueueRoom(tx, userId, limits.queuedRuns);
};

const requireQueueRoom = async (tx: Transaction, userId: string, value: number): Promise<void> => {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`queue:${userId}`}, 0))`);
  const used = await countQueued(tx, userId);
  if (used >= value) throw limitReached({ limit: "queuedRuns", value, used, resetsAt: null });
};

const countQueued = async (tx: Transaction, userId: string): Promise<number> => {
  const { rows } = await tx.execute<{ count: number }>(
    sql`select count(*)::int as count from runs where user_id = ${userId} and status = 'queued'`,
  );
  return rows[0]?.count ?? 0;
};
