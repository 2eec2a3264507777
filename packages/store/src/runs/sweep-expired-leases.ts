import { errorEntry } from "@loraloom/errors";
import { and, asc, eq, lte, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import { releaseRun } from "./release-run.ts";
import type { Run } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/** More than this wait for the next sweep. */
const batchSize = 500;

/**
 * Takes back every run whose worker stopped renewing its lease, so that none waits for a worker to be ended.
 *
 * @returns how many
 */
export const sweepExpiredLeases = async (store: Store): Promise<number> => {
  const due = await store.db
    .select({ id: runs.id })
    .from(runs)
    .where(isExpired)
    .orderBy(asc(runs.leaseExpiresAt))
    .limit(batchSize);
  let released = 0;
  await eachInTurn(due, async ({ id }) => {
    const run = await releaseExpired(store, id);
    if (!run) return;
    requestTidying(store, run);
    released += 1;
  });
  return released;
};

const isExpired = lte(runs.leaseExpiresAt, sql`now()`);

const releaseExpired = (store: Store, runId: string): Promise<Run | undefined> =>
  store.db.transaction(async (tx) => {
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, runId), isExpired))
      .for("update");
    return run && releaseRun(tx, run, { reason: "lease_lost", cause: workerGone(run) });
  });

const workerGone = ({ workerId }: Run): StoredError => ({
  code: "worker_unreachable",
  message: `The worker '${workerId}' that had the run stopped renewing its lease.`,
  remedy: errorEntry("worker_unreachable").remedy,
});
