import { errorEntry } from "@loraloom/errors";
import { eq, sql } from "drizzle-orm";
import { appendEvent } from "../events/index.ts";
import { runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { creditOpenStep } from "../usage/bill-work.ts";
import type { SpentLimit } from "../usage/budget.ts";
import { cancellationOf, endRun, hasToKeep, withoutVersion } from "./end-run.ts";
import { type Run, sweepSoon } from "./run.ts";

/** Tries without a new checkpoint before a run is given up. */
const maxFailures = 3;

/** An engine that crashed `in_company` had other runs too: whose doing it was is not known. */
export type EngineCrash = "alone" | "in_company";

/** Why a run leaves its worker before its end; `lease_lost` and `system_fault` count as a failure. */
export type Release =
  | { reason: "handed_back" }
  | { reason: "limit_reached"; spent: SpentLimit }
  | { reason: "lease_lost"; cause: StoredError }
  | { reason: "system_fault"; cause: StoredError; crash?: EngineCrash | undefined };

/**
 * Takes a run, whose row the caller has locked, from its worker: cancelled where that was asked for or its
 * adapter was deleted, failed where nothing came of too many attempts, else queued again.
 */
export const releaseRun = async (tx: Transaction, run: Run, release: Release): Promise<Run> => {
  const reason = await cancellationOf(tx, run);
  if (reason && !(reason === "requested" && hasToKeep(run)))
    return endRun(tx, run, { status: "cancelled", reason, cause: causeOf(release) });
  await creditOpenStep(tx, run.id);
  const failures = run.failures + (countsAsFailure(run, release) ? 1 : 0);
  if ("cause" in release && failures >= maxFailures) {
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
  "cause" in release ? release.cause : undefined;

/** An attempt that left a new checkpoint was progress, however it ended; a crash that a neighbour may have caused is none's failure. */
const countsAsFailure = (run: Run, release: Release): boolean =>
  "cause" in release && crashOf(release) !== "in_company" && (run.checkpoint?.step ?? 0) <= run.claimedStep;

const crashOf = (release: Release): EngineCrash | undefined =>
  "crash" in release ? release.crash : undefined;

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
  const [queued] = await tx
    .update(runs)
    .set({
      status: "queued",
      failures,
      crashedStep: crashedStepOf(run, release, failures),
      workerId: null,
      leaseExpiresAt: null,
      ...waitOf(run, { release, failures }),
      ...withoutVersion(run),
      ...sweepSoon,
    })
    .where(eq(runs.id, run.id))
    .returning();
  await appendEvent(tx, run.id, { type: "run-requeued", data: { reason: release.reason } });
  return queued ?? run;
};

/**
 * Whoever was in an engine that crashed is tried alone, so that the one is found that it crashes by. So is whoever has
 * one try left: a machine that went away with all its runs may have been brought down by one of them.
 */
const crashedStepOf = (run: Run, release: Release, failures: number): number | null => {
  const isLastTry = release.reason === "lease_lost" && failures === maxFailures - 1;
  if (!crashOf(release) && !isLastTry) return run.crashedStep;
  return Math.max(run.crashedStep ?? 0, run.progress?.step ?? 0);
};

/** How long it is claimed by nobody. No limit holds one that is only to end. */
const waitOf = ({ cancelRequested }: Run, { release, failures }: { release: Release; failures: number }) => {
  if (release.reason === "limit_reached" && !cancelRequested)
    return { heldBy: release.spent.limit, notBefore: release.spent.resetsAt };
  const pauseSeconds = release.reason === "system_fault" ? 2 ** failures : 0;
  return { heldBy: null, notBefore: sql`now() + make_interval(secs => ${pauseSeconds})` };
};
