import { eq, getTableColumns, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import { ofGivenAvatar } from "../files/in-folder.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type CancelReason, endRun, hasToKeep } from "./end-run.ts";
import { runNotFound } from "./read-runs.ts";
import { isTerminal, type Run } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/** What a cancelled run leaves: nothing, or a candidate version of its newest weights. */
export type Cancellation = { keep?: "checkpoint" | undefined };

/**
 * Cancels a run: at once where no worker has it, else its worker is told at its next heartbeat. One that is to leave
 * a version waits for the next free worker, which makes it of its checkpoint, whatever limit its user has reached; where
 * it has none, there is nothing to keep. Of two wishes the one to keep nothing stands, whichever came first. A run that has ended is returned as it is.
 *
 * @throws LoraloomError `run_not_found`
 */
export const cancelRun = async (
  store: Store,
  scope: AvatarScope,
  runId: string,
  { keep }: Cancellation = {},
): Promise<Run> => {
  const run = await store.db.transaction(async (tx) => {
    const [locked] = await lockRun(tx).execute({ ...scope, runId });
    if (!locked) throw runNotFound(runId);
    return cancelLocked(tx, locked, { reason: "requested", keeps: keep === "checkpoint" });
  });
  requestTidying(store, run);
  return run;
};

const lockRun = preparedQuery((db) =>
  db
    .select()
    .from(runs)
    .where(sql`${ofGivenAvatar} and id = ${sql.placeholder("runId")}`)
    .for("update")
    .prepare("lock-run"),
);

/** Cancels a run whose row the caller has locked. */
export const cancelLocked = async (
  tx: Transaction,
  run: Run,
  { reason, keeps = false }: { reason: CancelReason; keeps?: boolean },
): Promise<Run> => {
  if (isTerminal(run.status)) return run;
  const wish = { cancelRequested: true, cancelKeeps: keeps && (run.cancelKeeps || !run.cancelRequested) };
  const wished = { ...run, ...wish };
  if (run.leaseExpiresAt === null && !hasToKeep(wished))
    return endRun(tx, wished, { status: "cancelled", reason }, { ...wish, heldBy: null });
  const [flagged] = await tx
    .update(runs)
    .set({ ...wish, ...heldByNoLimit })
    .where(eq(runs.id, run.id))
    .returning({ ...getTableColumns(runs), leased: sql<boolean>`coalesce(lease_expires_at > now(), false)` });
  if (!flagged) throw new Error(`Run ${run.id} is gone although its row is locked`);
  const { leased, ...asked } = flagged;
  if (leased || hasToKeep(asked)) return asked;
  return endRun(tx, asked, { status: "cancelled", reason });
};

/** To end takes next to nothing of what its user may use. After a fault it still pauses. */
const heldByNoLimit = {
  heldBy: null,
  notBefore: sql`case when held_by is null then not_before else now() end`,
};
