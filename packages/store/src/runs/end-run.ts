import { and, eq, sql } from "drizzle-orm";
import { appendEvent, type NewRunEvent } from "../events/index.ts";
import { adapters, runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { type Run, sweepSoon } from "./run.ts";

export type CancelReason = "requested" | "adapter_deleted";
export type RunEnd = { status: "failed"; error: StoredError } | { status: "cancelled"; reason: CancelReason };

/** Ends a run, whose row the caller has locked, without a version. */
export const endRun = async (tx: Transaction, run: Run, end: RunEnd): Promise<Run> => {
  const [ended] = await tx
    .update(runs)
    .set({
      status: end.status,
      error: end.status === "failed" ? end.error : null,
      finishedAt: sql`now()`,
      leaseExpiresAt: null,
      checkpoint: null,
      ...withoutVersion(run),
      ...sweepSoon,
    })
    .where(eq(runs.id, run.id))
    .returning();
  await appendEvent(tx, run.id, endEvent(end));
  return ended ?? run;
};

const endEvent = (end: RunEnd): NewRunEvent => {
  if (end.status === "cancelled") return { type: "run-cancelled", data: { reason: end.reason } };
  const { code, message, remedy } = end.error;
  return { type: "run-failed", data: { code, message, remedy } };
};

/** The version that was being written will never be published; its objects have to go. */
export const withoutVersion = ({ versionId, abandonedVersions }: Run) => ({
  versionId: null,
  abandonedVersions: versionId ? [...abandonedVersions, versionId] : abandonedVersions,
});

/**
 * Why a run may not go on, if so. Call it with the run's row locked: a deletion of the adapter either sees
 * the row afterwards or is seen here.
 */
export const cancellationOf = async (tx: Transaction, run: Run): Promise<CancelReason | undefined> => {
  const [adapter] = await tx
    .select({ generation: adapters.generation })
    .from(adapters)
    .where(and(eq(adapters.userId, run.userId), eq(adapters.avatarId, run.avatarId)));
  if (adapter?.generation !== run.generation) return "adapter_deleted";
  return run.cancelRequested ? "requested" : undefined;
};
