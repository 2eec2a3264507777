import { eq, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type CancelReason, endRun } from "./end-run.ts";
import { ofScope, runNotFound } from "./read-runs.ts";
import { isTerminal, type Run } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/**
 * Cancels a run: at once where no worker has it, else its worker is told at its next heartbeat. A run that
 * has ended is returned as it is.
 *
 * @throws LoraloomError `run_not_found`
 */
export const cancelRun = async (store: Store, scope: AvatarScope, runId: string): Promise<Run> => {
  const run = await store.db.transaction(async (tx) => {
    const [locked] = await tx.select().from(runs).where(ofScope(scope, runId)).for("update");
    if (!locked) throw runNotFound(runId);
    return cancelLocked(tx, locked, "requested");
  });
  requestTidying(store, run);
  return run;
};

/** Cancels a run whose row the caller has locked. */
export const cancelLocked = async (tx: Transaction, run: Run, reason: CancelReason): Promise<Run> => {
  if (isTerminal(run.status)) return run;
  const [flagged] = await tx
    .update(runs)
    .set({ cancelRequested: true })
    .where(eq(runs.id, run.id))
    .returning({ leased: sql<boolean>`coalesce(lease_expires_at > now(), false)` });
  if (flagged?.leased) return { ...run, cancelRequested: true };
  return endRun(tx, run, { status: "cancelled", reason });
};
