import { and, asc, eq, inArray, not } from "drizzle-orm";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { lockSpentLimit } from "../usage/budget.ts";

/**
 * Lets the runs of a user who has spent what he may use wait until his limit resets or is set anew; not those that are
 * only to end.
 */
export const holdWaiting = async (tx: Transaction, userId: string): Promise<void> => {
  const spent = await lockSpentLimit(tx, userId);
  if (!spent) return;
  const waiting = tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.userId, userId), eq(runs.status, "queued"), not(runs.cancelRequested)))
    .orderBy(asc(runs.id))
    .for("no key update");
  await tx
    .update(runs)
    .set({ heldBy: spent.limit, notBefore: spent.resetsAt })
    .where(inArray(runs.id, waiting));
};
