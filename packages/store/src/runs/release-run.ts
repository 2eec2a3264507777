import { errorEntry } from "@loraloom/errors";
import { eq, sql } from "drizzle-orm";
import { appendEvent } from "../events/index.ts";
import { runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { cancellationOf, endRun, hasToKeep, withoutVersion } from "./end-run.ts";
import { type Run, sweepSoon } from "./run.ts";

/** Tries without a new checkpoint before a run is given up. */
const maxFailures = 3;

/** Why a run leaves its worker before its end; all but a hand-back count as a failure. */
export type Release =
  | { reason: "handed_back" }
  | { reason: "lease_lost"; cause: StoredError }
  | { reason: "system_fault"; cause: StoredError };

/**
 * Takes a run, whose row the caller has locked, from its worker: cancelled where that was asked for or its
 * adapter was deleted, failed where nothing came of too many attempts, else queued again.
 */
export const releaseRun = async (tx: Transaction, run: Run, release: Release): Promise<Run> => {
  const reason = await cancellationOf(tx, run);
  if (reason && !(reason === "requested" && hasToKeep(run)))
    return endRun(tx, run, { status: "cancelled", reason, cause: causeOf(release) });
  const failures = run.failures + (countsAsFailure(run, release) ? 1 : 0);
  if (release.reason !== "handed_back" && failures >= maxFailures) {
    const error = exhausted(release.cause);
    return endRun(
      tx,
      run,
      reason ? { status: "cancelled", reason, cause: error } : { status: "failed", error },
    );
  }
  return requeue(tx, run, { release, failures });
};

const causeOf = (release: Release): StoredError | undefined =>
  release.reason === "handed_back" ? undefined : release.cause;

/** An attempt that left a new checkpoint was progress, however it ended. */
const countsAsFailure = (run: Run, release: Release): boolean =>
  release.reason !== "handed_back" && (run.checkpoint?.step ?? 0) <= run.claimedStep;

const exhausted = (cause: StoredError): StoredError => ({
  code: "attempts_exhausted",
  message: `${maxFailures} attempts ended without progress; the last one: ${cause.message}`,
  remedy: errorEntry("attempts_exhausted").remedy,
  details: { cause },
});

const requeue = async (
  tx: Transaction,
  run: Run,
  { release, failures }: { release: Release; failures: number },
): Promise<Run> => {
  const pauseSeconds = release.reason === "system_fault" ? 2 ** failures : 0;
  const [queued] = await tx
    .update(runs)
    .set({
      status: "queued",
      failures,
      workerId: null,
      leaseExpiresAt: null,
      notBefore: sql`now() + make_interval(secs => ${pauseSeconds})`,
      ...withoutVersion(run),
      ...sweepSoon,
    })
    .where(eq(runs.id, run.id))
    .returning();
  await appendEvent(tx, run.id, { type: "run-requeued", data: { reason: release.reason } });
  return queued ?? run;
};
