import { LoraloomError } from "@loraloom/errors";
import { and, eq, gt, type SQL, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import { appendOnce, type NewRunEvent } from "../events/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import type { Run } from "./run.ts";

/** Who writes: a claim of a run. Each claim has a higher attempt, and only the newest one writes. */
export type Fence = { runId: string; attempt: number };

/** Holds while this attempt is the run's newest and its lease lives, by the database's clock. */
export const ownedBy = ({ runId, attempt }: Fence): SQL | undefined =>
  and(eq(runs.id, runId), eq(runs.attempt, attempt), gt(runs.leaseExpiresAt, sql`now()`));

const leaseLost = ({ runId, attempt }: Fence): LoraloomError =>
  new LoraloomError("lease_lost", `Attempt ${attempt} no longer owns run '${runId}'.`, {
    details: { runId, attempt },
  });

/**
 * What an owner looks at with each write: not what the run reads, which is megabytes for thousands of files and would be
 * sent at each heartbeat.
 */
export const ownedColumns = {
  userId: runs.userId,
  status: runs.status,
  progress: runs.progress,
  heldOutBefore: runs.heldOutBefore,
  crashedStep: runs.crashedStep,
  cancelRequested: runs.cancelRequested,
  cancelKeeps: runs.cancelKeeps,
};

/** A run as its owner sees it while it goes on. */
export type OwnedRun = Pick<Run, keyof typeof ownedColumns>;

/** Changes a run as its owner. @throws LoraloomError `lease_lost`, and nothing is changed */
export const updateOwned = async (
  tx: Transaction,
  fence: Fence,
  set: PgUpdateSetSource<typeof runs>,
): Promise<OwnedRun> => {
  const [run] = await tx.update(runs).set(set).where(ownedBy(fence)).returning(ownedColumns);
  if (!run) throw leaseLost(fence);
  return run;
};

/** Locks a run for its owner. @throws LoraloomError `lease_lost` */
export const lockOwned = async (tx: Transaction, fence: Fence): Promise<OwnedRun> => {
  const [run] = await tx.select(ownedColumns).from(runs).where(ownedBy(fence)).for("update");
  if (!run) throw leaseLost(fence);
  return run;
};

/** The same with the whole row, for who ends the attempt. @throws LoraloomError `lease_lost` */
export const lockLeaving = async (tx: Transaction, fence: Fence): Promise<Run> => {
  const [run] = await tx.select().from(runs).where(ownedBy(fence)).for("update");
  if (!run) throw leaseLost(fence);
  return run;
};

/**
 * One change of an owned run and the event that tells of it, which is told once where the write is repeated.
 *
 * @throws LoraloomError `lease_lost`
 */
export const recordOwned = (
  store: Store,
  fence: Fence,
  { set, event }: { set: PgUpdateSetSource<typeof runs>; event: NewRunEvent },
): Promise<void> =>
  store.db.transaction(async (tx) => {
    await updateOwned(tx, fence, set);
    await appendOnce(tx, fence.runId, event);
  });
