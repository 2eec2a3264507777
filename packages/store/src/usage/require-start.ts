import { sql } from "drizzle-orm";
import { readAs, type Statement } from "../database/send-together.ts";
import type { Transaction } from "../transaction.ts";
import { findSpentOf } from "./budget.ts";
import { limitReached } from "./limit-reached.ts";
import { limitsOf, unlimited } from "./read-limits.ts";

/** Makes sure that a user may queue one more run, and begins it. */
type AdmitStart = <Begun>(userId: string, begin: () => Promise<Begun>) => Promise<Begun>;

/**
 * For who queues runs of these users, one after the other. Where the queue is limited whoever starts another one waits
 * until the transaction ends, so that many at once are never more than it takes.
 *
 * @returns throws LoraloomError `limit_reached`, and what `begin` throws; what has begun counts for the next one
 */
export const admitStarts = (tx: Transaction, userIds: string[]): Statement<AdmitStart> =>
  readAs(limitsOf(tx, userIds), (limitsByUser) => {
    const admitted = new Map<string, number>();
    return async (userId, begin) => {
      const limits = limitsByUser.get(userId) ?? unlimited;
      const before = admitted.get(userId) ?? 0;
      const spent = await findSpentOf(tx, userId, limits);
      if (spent) throw limitReached(spent);
      if (limits.queuedRuns !== null)
        await requireQueueRoom(tx, userId, { value: limits.queuedRuns, before });
      const begun = await begin();
      admitted.set(userId, before + 1);
      return begun;
    };
  });

/** The same for one run. @throws LoraloomError `limit_reached` */
export const requireStart = async (tx: Transaction, userId: string): Promise<void> => {
  const admit = await admitStarts(tx, [userId]).execute();
  return admit(userId, async () => {});
};

/** `before`: runs that were let through and are not in the queue yet. */
type Room = { value: number; before: number };

const requireQueueRoom = async (tx: Transaction, userId: string, { value, before }: Room): Promise<void> => {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`queue:${userId}`}, 0))`);
  const used = before + (await countQueued(tx, userId));
  if (used >= value) throw limitReached({ limit: "queuedRuns", value, used, resetsAt: null });
};

const countQueued = async (tx: Transaction, userId: string): Promise<number> => {
  const { rows } = await tx.execute<{ count: number }>(
    sql`select count(*)::int as count from runs where user_id = ${userId} and status = 'queued'`,
  );
  return rows[0]?.count ?? 0;
};
