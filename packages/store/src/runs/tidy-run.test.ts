import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { getObject, listObjects, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { FrozenRows, RunCheckpoint } from "../tables/runs.ts";
import { openTestStore } from "../testing/index.ts";
import {
  claimNextRun,
  expireLease,
  prepareAvatar,
  publishRun,
  putVersionFiles,
  queueRun,
} from "../testing/scenario.ts";
import {
  failRun,
  handBack,
  type Run,
  recordCheckpoint,
  recordFrozen,
  recordProgress,
  reserveVersion,
  sweepExpiredLeases,
  sweepSupersededObjects,
} from "./index.ts";

test("objects of a superseded attempt go; what the row names and the live attempt writes stays", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const first = await claimNextRun(store);
  const frozen = await putFrozen(store, first);
  await recordFrozen(store, first, frozen);
  const checkpoint = await putCheckpoint(store, first, 5);
  await recordCheckpoint(store, first, checkpoint);
  const unrecorded = await putCheckpoint(store, first, 9);
  await handBack(store, first);
  const second = await claimNextRun(store);
  const unfinished = await putCheckpoint(store, second, 7);

  await store.background.settled();
  await makeDue(store, second.id);
  await sweep(store);
  expect(await keysOf(store, second)).toEqual(
    [frozen.datasetKey, frozen.rowsKey, ...keysIn(checkpoint), ...keysIn(unfinished)].sort(),
  );
  expect(await keysOf(store, second)).not.toContain(keysIn(unrecorded)[0]);
});

test("a new checkpoint replaces the older one of the same attempt", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 5));
  const newer = await putCheckpoint(store, run, 10);
  await recordCheckpoint(store, run, newer);
  const next = await putCheckpoint(store, run, 15);
  await sweep(store);
  expect(await keysOf(store, run)).toEqual([...keysIn(newer), ...keysIn(next)].sort());
});

test("an object put late by a superseded worker goes with the second sweep, and then there is none due", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const late = await claimNextRun(store);
  const lateVersion = await reserveVersion(store, late);
  await expireLease(store, id);
  await sweepExpiredLeases(store);
  await sweep(store);
  await putCheckpoint(store, late, 3);
  await putVersionFiles(store, scope, lateVersion);
  expect(await sweepSupersededObjects(store)).toBe(0);

  await makeDue(store, id);
  await sweep(store);
  expect(await keysOf(store, late)).toEqual([]);
  expect(await versionKeys(store, scope, lateVersion)).toEqual([]);
  const [run] = await store.db.select().from(runs).where(eq(runs.id, id));
  expect(run).toMatchObject({ sweepDueAt: null, sweepsLeft: 0, abandonedVersions: [] });
});

test("a version whose attempt was superseded goes; the one that was published never does", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const late = await claimNextRun(store);
  const abandoned = await reserveVersion(store, late);
  await putVersionFiles(store, scope, abandoned);
  await expireLease(store, id);
  await sweepExpiredLeases(store);
  const { versionId } = await publishRun(store, await claimNextRun(store));
  await sweep(store);
  await makeDue(store, id);
  await sweep(store);
  expect(await versionKeys(store, scope, abandoned)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("an attempt that reserves again gives up its first version", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  const first = await reserveVersion(store, run);
  await putVersionFiles(store, scope, first);
  const { versionId } = await publishRun(store, run);
  await sweep(store);
  expect(await versionKeys(store, scope, first)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("a version that is being written is not swept", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const run = await claimNextRun(store);
  const versionId = await reserveVersion(store, run);
  await putVersionFiles(store, scope, versionId);
  await makeDue(store, id);
  await sweep(store);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("an ended run leaves its frozen rows, its record, its losses and its log, and no checkpoint", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  const frozen = await putFrozen(store, run);
  await recordFrozen(store, run, frozen);
  await recordProgress(store, run, {
    step: 1,
    steps: 1,
    epoch: 1,
    loss: 2.5,
    learningRate: 1e-4,
    tokens: 80,
    tokensPerSecond: 40,
    etaSeconds: 0,
  });
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 1));
  const { versionId } = await publishRun(store, run);
  await sweep(store);
  const keys = adapterKeys(scope);
  expect(await keysOf(store, run)).toEqual([frozen.datasetKey, frozen.rowsKey].sort());
  const record = JSON.parse(await textOf(store, keys.runRecord(run.id)));
  expect(record).toMatchObject({ id: run.id, status: "completed", version: versionId, frozen });
  const metrics = await textOf(store, keys.runMetrics(run.id));
  expect(JSON.parse(metrics)).toEqual({ split: "train", step: 1, loss: 2.5, learningRate: 1e-4, tokens: 80 });
  const log = await textOf(store, keys.runLog(run.id));
  expect(log.split("\n").map((line) => line.split(" ")[2])).toEqual([
    "run-queued",
    "run-claimed",
    "rows-frozen",
    "progress",
    "checkpointed",
    "run-exporting",
    "run-completed",
    undefined,
  ]);
});

test("a failed run's version and checkpoint go and its record names the error", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 1));
  const versionId = await reserveVersion(store, run);
  await putVersionFiles(store, scope, versionId);
  const error = { code: "non_finite_adapter", message: "A weight is NaN.", remedy: "Train again." };
  await failRun(store, run, { error, fault: "user" });
  await sweep(store);
  expect(await keysOf(store, run)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toEqual([]);
  const record = JSON.parse(await textOf(store, adapterKeys(scope).runRecord(run.id)));
  expect(record).toMatchObject({ status: "failed", error });
});

test("a version that is given up while a sweep goes on is left to the next one", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const run = await claimNextRun(store);
  const first = await reserveVersion(store, run);
  await putVersionFiles(store, scope, first);
  await makeDue(store, id);
  await store.db.update(runs).set({ sweepsLeft: 1 }).where(eq(runs.id, id));
  proxy.setFault({ kind: "slow", delayMs: 1_000, matches: ({ path }) => path.includes("attempts/") });
  const sweeping = sweepSupersededObjects(store);
  await vi.waitFor(() => expect(proxy.hits()).toBeGreaterThan(0), 20_000);
  await reserveVersion(store, run);
  await sweeping;
  proxy.setFault();
  expect(await versionKeys(store, scope, first)).toHaveLength(3);
  await sweepSupersededObjects(store);
  expect(await versionKeys(store, scope, first)).toEqual([]);
  const [swept] = await store.db.select().from(runs).where(eq(runs.id, id));
  expect(swept).toMatchObject({ sweepDueAt: null, abandonedVersions: [] });
});

test("a run that can't be tidied doesn't keep the others, and comes again", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const scope = await prepareAvatar(store);
  const claimed: Run[] = [];
  for (let count = 0; count < 3; count += 1) {
    await queueRun(store, scope);
    const run = await claimNextRun(store);
    await putCheckpoint(store, run, 1);
    await store.db.update(runs).set({ attempt: 2 }).where(eq(runs.id, run.id));
    await makeDue(store, run.id);
    claimed.push(run);
  }
  const left = () => Promise.all(claimed.map(async (run) => (await keysOf(store, run)).length));
  const stuck = claimed[0]?.id ?? "";
  proxy.setFault({
    kind: "unavailable",
    matches: ({ method, path }) => method === "DELETE" && path.includes(stuck),
  });
  await expect(sweepSupersededObjects(store)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await left()).toEqual([1, 0, 0]);
  proxy.setFault();
  await sweepSupersededObjects(store);
  expect(await left()).toEqual([0, 0, 0]);
});

/** What is due now, in the background and by the side job. */
const sweep = async (store: Store) => {
  await store.background.settled();
  await sweepSupersededObjects(store);
};

const makeDue = (store: Store, runId: string) =>
  store.db
    .update(runs)
    .set({ sweepDueAt: sql`date_trunc('milliseconds', now() - interval '1 second')` })
    .where(eq(runs.id, runId));

const putFrozen = async (store: Store, run: Run): Promise<FrozenRows> => {
  const keyOf = (file: string) => adapterKeys(run).attemptFile(run.id, run.attempt, file);
  const datasetKey = keyOf("dataset.json");
  const rowsKey = keyOf("rows.jsonl.gz");
  await putObject(store.objects, { key: datasetKey, body: "{}" });
  await putObject(store.objects, { key: rowsKey, body: "rows" });
  return {
    datasetKey,
    datasetSha256: "0",
    rowsKey,
    rowsSha256: "0",
    evaluationKey: null,
    evaluationSha256: null,
    examples: 3,
    evaluationExamples: 0,
    tokensTotal: 300,
    longest: 100,
    epochs: 1,
    templateVariables: {},
  };
};

const putCheckpoint = async (store: Store, run: Run, step: number): Promise<RunCheckpoint> => {
  const name = "adapter.safetensors";
  const key = adapterKeys(run).checkpointFile(run.id, run.attempt, step, name);
  await putObject(store.objects, { key, body: "weights" });
  return { step, files: [{ name, key, size: 7, sha256: "0" }] };
};

const keysIn = ({ files }: RunCheckpoint): string[] => files.map(({ key }) => key);

const keysOf = (store: Store, run: Run): Promise<string[]> =>
  keysBelow(store, adapterKeys(run).attemptsPrefix(run.id));

const versionKeys = (store: Store, scope: AvatarScope, versionId: string): Promise<string[]> =>
  keysBelow(store, adapterKeys(scope).versionPrefix(versionId));

const keysBelow = async (store: Store, prefix: string): Promise<string[]> =>
  (await Array.fromAsync(listObjects(store.objects, prefix), ({ key }) => key)).sort();

const textOf = async (store: Store, key: string): Promise<string> => {
  const object = await getObject(store.objects, { key });
  return Buffer.from((await object?.bytes()) ?? []).toString();
};
