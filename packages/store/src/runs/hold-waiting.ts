import { and, eq } from "drizzle-orm";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { lockSpentLimit } from "../usage/budget.ts";

/** Lets the runs of a user who has spent what he may use wait until his limit resets or is set anew. */
export const holdWaiting = async (tx: Transaction, userId: string): Promise<void> => {
  const spent = await lockSpentLimit(tx, userId);
  if (!spent) return;
  await tx
    .update(runs)
    .set({ heldBy: spent.limit, notBefore: spent.resetsAt })
    .where(and(eq(runs.userId, userId), eq(runs.status, "queued")));
};
