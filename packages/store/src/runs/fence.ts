import { LoraloomError } from "@loraloom/errors";
import { and, eq, gt, type SQL, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import { appendEvent, type NewRunEvent } from "../events/index.ts";
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

/** Changes a run as its owner. @throws LoraloomError `lease_lost`, and nothing is changed */
export const updateOwned = async (
  tx: Transaction,
  fence: Fence,
  set: PgUpdateSetSource<typeof runs>,
): Promise<Run> => {
  const [run] = await tx.update(runs).set(set).where(ownedBy(fence)).returning();
  if (!run) throw leaseLost(fence);
  return run;
};

/** Locks a run for its owner. @throws LoraloomError `lease_lost` */
export const lockOwned = async (tx: Transaction, fence: Fence): Promise<Run> => {
  const [run] = await tx.select().from(runs).where(ownedBy(fence)).for("update");
  if (!run) throw leaseLost(fence);
  return run;
};

/** One change of an owned run and the event that tells of it. @throws LoraloomError `lease_lost` */
export const recordOwned = (
  store: Store,
  fence: Fence,
  { set, event }: { set: PgUpdateSetSource<typeof runs>; event: NewRunEvent },
): Promise<Run> =>
  store.db.transaction(async (tx) => {
    const run = await updateOwned(tx, fence, set);
    await appendEvent(tx, fence.runId, event);
    return run;
  });
