import { createHash } from "node:crypto";
import { and, eq, gt, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { vi } from "vitest";
import { ensureAvatar } from "../access/avatars.ts";
import { createAdapter, writeManifest } from "../adapters/index.ts";
import { emptyReport } from "../files/empty-report.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import {
  claimRun,
  type Fence,
  manifestOf,
  type NewRun,
  publishVersion,
  type Run,
  reserveVersion,
  startRun,
} from "../runs/index.ts";
import type { Store } from "../store.ts";
import { files, runs } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";

export const testEngineKey = "tiny@main/float32/none";

export const testConfig = (changes: Partial<RunConfig> = {}): RunConfig => ({
  method: "sft",
  rank: 8,
  alpha: 16,
  dropout: 0,
  targetModules: "all-linear",
  learningRate: 1e-4,
  schedule: "cosine",
  warmupRatio: 0,
  weightDecay: 0,
  maxGradNorm: 1,
  batchSize: 1,
  gradientAccumulation: 1,
  epochs: 1,
  maxSteps: null,
  maxLength: 512,
  overLength: "drop",
  seed: 1,
  skipInvalidRows: false,
  evaluation: { kind: "none" },
  publish: "current",
  ...changes,
});

/** A file's row as an upload and its inspection leave it; no object. */
export const addFile = async (
  store: Store,
  scope: AvatarScope,
  changes: Partial<typeof files.$inferInsert> = {},
): Promise<string> => {
  await ensureAvatar(store, scope);
  const id = ulid();
  const name = changes.name ?? "chats.jsonl";
  await store.db.insert(files).values({
    id,
    ...scope,
    kind: "training_data",
    name,
    state: "ready",
    etag: `etag-${id}`,
    size: 100,
    sha256: createHash("sha256").update(id).digest("hex"),
    contentType: "application/jsonl",
    report: { ...emptyReport, format: "chat", rows: 3, usableRows: 3 },
    ...changes,
  });
  return id;
};

/** An avatar with an adapter and one file to learn from. */
export const prepareAvatar = async (
  store: Store,
  { userId = "ada", avatarId = "one" }: Partial<AvatarScope> = {},
): Promise<AvatarScope> => {
  const scope = { userId, avatarId };
  await createAdapter(store, scope, { baseModel: "tiny" });
  await addFile(store, scope);
  return scope;
};

export const queueRun = (store: Store, scope: AvatarScope, changes: Partial<NewRun> = {}): Promise<Run> =>
  startRun(store, scope, {
    baseModel: "tiny",
    engineKey: testEngineKey,
    config: testConfig(),
    ...changes,
  });

/**
 * Claims the next run, which there has to be. As a worker it asks again: a claim skips a row that a sweep
 * in the background has just locked.
 */
export const claimNextRun = async (store: Store, workerId = "worker"): Promise<Run & Fence> => {
  const claim = () => claimRun(store, { workerId, engineKey: testEngineKey, leaseSeconds: 300 });
  const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  return { ...run, runId: run.id };
};

/** Lets the lease of a run's worker run out, by the database's clock. */
export const expireLease = async (store: Store, runId: string): Promise<void> => {
  await store.db
    .update(runs)
    .set({ leaseExpiresAt: sql`now() - interval '1 second'` })
    .where(eq(runs.id, runId));
};

/** Lets a pause after a fault be over, if the run has one. */
export const endPause = async (store: Store, runId: string): Promise<void> => {
  const paused = and(eq(runs.id, runId), gt(runs.notBefore, sql`now()`));
  await store.db.update(runs).set({ notBefore: sql`now()` }).where(paused);
};

export const testMetrics = {
  steps: 3,
  tokens: 300,
  seconds: 1.5,
  finalLoss: 0.5,
  heldOutBefore: null,
  heldOutAfter: null,
};

/** Puts the files of a reserved version, a manifest in name only too; its weights are its own id. */
export const putVersionFiles = (store: Store, scope: AvatarScope, versionId: string) =>
  putBodies(store, adapterKeys(scope), {
    versionId,
    bodies: { "adapter_config.json": "{}", "adapter_model.safetensors": versionId },
  });

/** As {@link putVersionFiles}, of a version that is a whole model. */
const putModelFiles = (store: Store, scope: AvatarScope, versionId: string) =>
  putBodies(store, adapterKeys(scope), {
    versionId,
    bodies: { "config.json": "{}", "model.safetensors": versionId },
  });

const putBodies = async (
  { objects }: Store,
  keys: ReturnType<typeof adapterKeys>,
  { versionId, bodies }: { versionId: string; bodies: Record<string, string> },
) => {
  const named = Object.entries(bodies);
  for (const [name, body] of named)
    await putObject(objects, { key: keys.versionFile(versionId, name), body });
  await putObject(objects, { key: keys.versionManifest(versionId), body: "{}" });
  return named.map(([name, body]) => {
    return { name, size: body.length, sha256: createHash("sha256").update(body).digest("hex") };
  });
};

/** Exports and publishes a claimed run as a worker does. */
export const publishRun = async (store: Store, run: Run & Fence) => {
  const versionId = await reserveVersion(store, run);
  const put = run.config.fullFineTuning ? putModelFiles : putVersionFiles;
  const written = await put(store, run, versionId);
  const version = { files: written, metrics: testMetrics, templateVariables: {} };
  const { config } = run;
  await writeManifest(store, run, { ...manifestOf(run, versionId, version), ...{ config } });
  const outcome = await publishVersion(store, run, version);
  return { versionId, outcome };
};

/** Queues, claims and publishes a run; answers the version's id. */
export const trainVersion = async (
  store: Store,
  scope: AvatarScope,
  changes: Partial<RunConfig> = {},
): Promise<string> => {
  await queueRun(store, scope, { config: testConfig(changes) });
  const { versionId } = await publishRun(store, await claimNextRun(store));
  return versionId;
};
