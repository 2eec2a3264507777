import { errorEntry } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import { sendTogether } from "../database/send-together.ts";
import { appendToEach, type NewRunEvent } from "../events/index.ts";
import { adapters, runs } from "../tables/index.ts";
import type { StoredError } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { type Run, sweepSoon } from "./run.ts";

export type CancelReason = "requested" | "adapter_deleted";
export type RunEnd =
  | { status: "failed"; error: StoredError }
  /** `cause`: what kept a version from being made that was asked for. */
  | { status: "cancelled"; reason: CancelReason; cause?: StoredError | undefined };

/** Ends a run, whose row the caller has locked, without a version; `also` is written with it. */
export const endRun = async (
  tx: Transaction,
  run: Run,
  end: RunEnd,
  also: Partial<Run> = {},
): Promise<Run> => {
  const write = tx
    .update(runs)
    .set({
      ...also,
      status: end.status,
      error: errorOf(run, end),
      finishedAt: sql`now()`,
      leaseExpiresAt: null,
      checkpoint: null,
      ...withoutVersion(run),
      ...sweepSoon,
    })
    .where(eq(runs.id, run.id))
    .returning();
  const [[ended]] = await sendTogether(tx, write, appendToEach(tx, [run.id], endEvent(run, end)));
  return ended ?? run;
};

const errorOf = (run: Run, end: RunEnd): StoredError | null => {
  if (end.status === "failed") return end.error;
  return run.cancelKeeps && end.reason === "requested" ? nothingToKeep(run, end.cause) : null;
};

const nothingToKeep = ({ checkpoint, progress }: Run, cause: StoredError | undefined): StoredError => ({
  code: "nothing_to_keep",
  message: cause
    ? `No version was made of the run: ${cause.message}`
    : (checkpoint ?? progress)
      ? "No version was made of the run: it has no checkpoint, and its last worker is gone."
      : "No version was made of the run: it had not learnt anything yet.",
  remedy: errorEntry("nothing_to_keep").remedy,
  ...(cause && { details: { cause } }),
});

const endEvent = (run: Run, end: RunEnd): NewRunEvent => {
  const error = errorOf(run, end);
  const told = error && { code: error.code, message: error.message, remedy: error.remedy };
  if (end.status === "cancelled")
    return { type: "run-cancelled", data: { reason: end.reason, versionId: null, notKept: told } };
  const { code, message, remedy } = end.error;
  return { type: "run-failed", data: { code, message, remedy } };
};

/** Whether a cancelled run has weights that a worker can still make a version of. */
export const hasToKeep = ({ cancelKeeps, checkpoint }: Pick<Run, "cancelKeeps" | "checkpoint">): boolean =>
  cancelKeeps && (checkpoint?.step ?? 0) > 0;

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
