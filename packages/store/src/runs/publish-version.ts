import { and, eq, inArray, sql } from "drizzle-orm";
import { insertDescribed } from "../adapters/describe-version.ts";
import { lockAdapter } from "../adapters/lock-adapter.ts";
import { makeCurrent } from "../adapters/make-current.ts";
import { requestAdapterProjection } from "../adapters/project-adapter.ts";
import { versionKind } from "../adapters/version-kind.ts";
import { appendEvent } from "../events/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import type { VersionFile, VersionManifest, VersionMetrics } from "../tables/adapters.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type CancelReason, endRun } from "./end-run.ts";
import { type Fence, ownedBy, recordOwned } from "./fence.ts";
import { runNotFound } from "./read-runs.ts";
import { type Run, sweepSoon, terminalStatuses } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/** A second reservation of the same attempt gives up the first one. */
const withReserved = sql`case when ${runs.versionId} is null then ${runs.abandonedVersions}
  else ${runs.abandonedVersions} || to_jsonb(${runs.versionId}) end`;

/**
 * Records the version that is going to be written, so that its objects are found if it never is.
 *
 * @returns the version's ULID; no other attempt ever writes to it
 * @throws LoraloomError `lease_lost`
 */
export const reserveVersion = async (store: Store, fence: Fence): Promise<string> => {
  const versionId = newId();
  await recordOwned(store, fence, {
    set: { status: "exporting", versionId, abandonedVersions: withReserved },
    event: { type: "run-exporting", data: {} },
  });
  return versionId;
};

export type NewVersion = {
  files: VersionFile[];
  metrics: VersionMetrics;
  templateVariables: Record<string, string>;
};

/** What the manifest of a run's version says; the table is written from the same. */
export const manifestOf = (run: Run, versionId: string, version: NewVersion): VersionManifest => ({
  version: versionId,
  runId: run.id,
  generation: run.generation,
  baseModel: run.baseModel,
  engineKey: run.engineKey,
  kind: versionKind(version),
  ...version,
  inputs: run.inputs.map(({ fileId, name, sha256, role }) => ({ fileId, name, sha256, role })),
  parents: run.config.startFrom ? [{ version: run.config.startFrom.version, how: "warm-start" }] : [],
  restoredFrom: null,
});

/** `superseded`: a newer attempt owns the run; `cancelled`: that was asked for in time. */
export type PublishOutcome = "published" | "adapter_deleted" | "cancelled" | "superseded";

/**
 * Publishes the reserved version, whose files are put and verified, and completes the run: one transaction,
 * so that readers see all of it or nothing. Called again by the same attempt it answers the same.
 */
export const publishVersion = async (
  store: Store,
  fence: Fence,
  version: NewVersion,
): Promise<PublishOutcome> => {
  const { run, outcome } = await store.db.transaction((tx) => publish(tx, fence, version));
  requestTidying(store, run);
  if (outcome === "published") requestAdapterProjection(store, run);
  return outcome;
};

type Published = { run: Pick<Run, "id" | "userId" | "avatarId">; outcome: PublishOutcome };

const publish = async (tx: Transaction, fence: Fence, version: NewVersion): Promise<Published> => {
  const scope = await scopeOf(tx, fence.runId);
  const adapter = await lockAdapter(tx, scope);
  const run = await lockExporting(tx, fence);
  if (!run) return { run: { id: fence.runId, ...scope }, outcome: await outcomeBefore(tx, fence) };
  if (run.generation !== adapter.generation) return cancelled(tx, run, "adapter_deleted");
  if (run.cancelRequested) return publishCancelled(tx, run, version);
  await insertVersion(tx, run, version);
  if (run.config.publish === "current") await makeCurrent(tx, adapter, run.versionId);
  await completeRun(tx, run, version);
  return { run, outcome: "published" };
};

/** A run that was told to keep what it had learnt leaves it as a candidate. */
const publishCancelled = async (
  tx: Transaction,
  run: ExportingRun,
  version: NewVersion,
): Promise<Published> => {
  if (!run.cancelKeeps) return cancelled(tx, run, "requested");
  await insertVersion(tx, run, version);
  await endPublished(tx, run, "cancelled");
  await appendEvent(tx, run.id, {
    type: "run-cancelled",
    data: { reason: "requested", versionId: run.versionId, notKept: null },
  });
  return { run, outcome: "published" };
};

const scopeOf = async (tx: Transaction, runId: string) => {
  const [scope] = await tx
    .select({ userId: runs.userId, avatarId: runs.avatarId })
    .from(runs)
    .where(eq(runs.id, runId));
  if (!scope) throw runNotFound(runId);
  return scope;
};

type ExportingRun = Run & { versionId: string };

const lockExporting = async (tx: Transaction, fence: Fence): Promise<ExportingRun | undefined> => {
  const [run] = await tx.select().from(runs).where(ownedBy(fence)).for("update");
  if (run?.status !== "exporting" || !run.versionId) return undefined;
  return { ...run, versionId: run.versionId };
};

/** The answer to a first call may have been lost; the second one then finds its work done. */
const outcomeBefore = async (tx: Transaction, { runId, attempt }: Fence): Promise<PublishOutcome> => {
  const endedByUs = and(
    eq(runs.id, runId),
    eq(runs.attempt, attempt),
    inArray(runs.status, terminalStatuses),
  );
  const [ended] = await tx.select({ versionId: runs.versionId }).from(runs).where(endedByUs);
  // Only a run that published keeps the id of a version.
  return ended?.versionId ? "published" : "superseded";
};

const cancelled = async (tx: Transaction, run: Run, reason: CancelReason): Promise<Published> => {
  await endRun(tx, run, { status: "cancelled", reason });
  return { run, outcome: reason === "adapter_deleted" ? "adapter_deleted" : "cancelled" };
};

const insertVersion = async (tx: Transaction, run: ExportingRun, version: NewVersion): Promise<void> => {
  const { versionId, userId, avatarId } = run;
  const manifest = manifestOf(run, versionId, version);
  const described = { userId, avatarId, state: "candidate", publishedSeq: null, manifest } as const;
  if (!(await insertDescribed(tx, described)))
    throw new Error(`Version ${versionId} is there before its run published it`);
};

const completeRun = async (tx: Transaction, run: ExportingRun, { metrics }: NewVersion): Promise<void> => {
  await endPublished(tx, run, "completed");
  await appendEvent(tx, run.id, {
    type: "run-completed",
    data: { versionId: run.versionId, metrics, published: run.config.publish },
  });
};

const endPublished = async (
  tx: Transaction,
  run: ExportingRun,
  status: "completed" | "cancelled",
): Promise<void> => {
  await tx
    .update(runs)
    .set({
      status,
      finishedAt: sql`now()`,
      leaseExpiresAt: null,
      checkpoint: null,
      ...sweepSoon,
    })
    .where(eq(runs.id, run.id));
};
