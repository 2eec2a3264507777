import type { Store } from "../store.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { lockSpentLimit } from "../usage/budget.ts";
import { cancellationOf, endRun, hasToKeep } from "./end-run.ts";
import { type Fence, lockLeaving } from "./fence.ts";
import { type EngineCrash, releaseRun } from "./release-run.ts";
import type { Run } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/**
 * Ends an attempt by an error. A user's fault fails the run at once; after a system's fault it is queued
 * again with a pause, and fails after 3 attempts without a new checkpoint. A run that is cancelled or whose
 * adapter was deleted ends as that.
 *
 * @param crash how the engine crashed, where that was the fault: the run is tried alone next
 * @returns the run as it is now
 * @throws LoraloomError `lease_lost`
 */
export const failRun = (
  store: Store,
  fence: Fence,
  { error, fault, crash }: { error: StoredError; fault: "user" | "system"; crash?: EngineCrash | undefined },
): Promise<Run> =>
  leave(store, fence, async (tx, run) => {
    if (fault === "system") return releaseRun(tx, run, { reason: "system_fault", cause: error, crash });
    const reason = await cancellationOf(tx, run);
    return endRun(
      tx,
      run,
      reason ? { status: "cancelled", reason, cause: error } : { status: "failed", error },
    );
  });

/** Gives a run back to the queue, as a worker that stops does; no failure. @throws LoraloomError `lease_lost` */
export const handBack = (store: Store, fence: Fence): Promise<Run> =>
  leave(store, fence, (tx, run) => releaseRun(tx, run, { reason: "handed_back" }));

/**
 * Gives a run back whose user has spent what he may use: it goes on from its checkpoint once his limit resets or is
 * set anew. No failure. @throws LoraloomError `lease_lost`
 */
export const waitForLimit = (store: Store, fence: Fence): Promise<Run> =>
  leave(store, fence, async (tx, run) => {
    const spent = await lockSpentLimit(tx, run.userId);
    return releaseRun(tx, run, spent ? { reason: "limit_reached", spent } : { reason: "handed_back" });
  });

/**
 * The worker has stopped a run that was to be cancelled. One whose weights are to be kept waits for whoever makes a
 * version of its checkpoint.
 *
 * @throws LoraloomError `lease_lost`
 */
export const endCancelled = (store: Store, fence: Fence): Promise<Run> =>
  leave(store, fence, async (tx, run) => {
    if (hasToKeep(run)) return releaseRun(tx, run, { reason: "handed_back" });
    const reason = (await cancellationOf(tx, run)) ?? "requested";
    return endRun(tx, run, { status: "cancelled", reason });
  });

const leave = async (
  store: Store,
  fence: Fence,
  change: (tx: Transaction, run: Run) => Promise<Run>,
): Promise<Run> => {
  const run = await store.db.transaction(async (tx) => change(tx, await lockLeaving(tx, fence)));
  requestTidying(store, run);
  return run;
};
