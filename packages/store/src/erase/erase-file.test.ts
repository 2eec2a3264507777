import { expect, test, vi } from "vitest";
import { createAdapter, getAdapter } from "../adapters/index.ts";
import { createBackup } from "../backups/index.ts";
import { readEvents } from "../events/index.ts";
import { deleteFile, projectFlags } from "../files/index.ts";
import { removeDeletedFile } from "../files/remove-deleted.ts";
import { adapterKeys, fileKey } from "../keys/index.ts";
import { digestsOfFile } from "../lineage/file-digests.ts";
import { getObject, headObject } from "../objects/index.ts";
import {
  claimRun,
  type Fence,
  getRun,
  publishVersion,
  type Run,
  recordCheckpoint,
  recordFrozen,
  renewLease,
  reserveVersion,
} from "../runs/index.ts";
import { findDueWork } from "../side-jobs/due-work.ts";
import type { Store } from "../store.ts";
import { files, runs, versions } from "../tables/index.ts";
import { dictionaryOf, withoutBackground } from "../testing/flags.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { attemptKeys, putCheckpoint, putFrozen, sweepNow } from "../testing/run-objects.ts";
import {
  claimNextRun,
  publishRun,
  putVersionFiles,
  queueRun,
  testEngineKey,
  testMetrics,
} from "../testing/scenario.ts";
import { markErased } from "./erase-file.ts";
import { eraseFile } from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };
const file = { kind: "training_data", name: "chats.jsonl" } as const;
const key = fileKey(scope, "training_data", file.name);

/** An adapter and its one file. */
const prepare = async (store: Store) => {
  await createAdapter(store, scope, { baseModel: "tiny" });
  await storeFile(store, scope, { name: file.name, body: "secret\n" });
};

/** A run whose rows are frozen and which has a checkpoint. */
const freezeRun = async (store: Store): Promise<Run & Fence> => {
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await recordFrozen(store, run, await putFrozen(store, run));
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 1));
  return run;
};

test("the file goes, ended runs keep nothing of it, and what learned from it is named", async () => {
  await using store = await openTestStore();
  await prepare(store);
  const { versionId } = await publishRun(store, await freezeRun(store));
  const backup = await createBackup(store, scope);
  const [before] = await store.db.select().from(files);
  const run = (await store.db.select().from(runs))[0] ?? expect.fail("no run");
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toHaveLength(2);

  expect(await eraseFile(store, scope, file)).toMatchObject({
    name: "chats.jsonl",
    runs: [{ id: run.id, status: "completed" }],
    versions: [{ version: versionId, avatarId: "one", how: "trained" }],
    backups: [{ backup: backup.id, how: "trained" }],
  });
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await store.db.$count(files)).toBe(0);
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toEqual([]);
  expect(await dictionaryOf(store, scope)).toEqual([]);
  const record = await getObject(store.objects, { key: adapterKeys(scope).runRecord(run.id) });
  expect(JSON.parse(Buffer.from((await record?.bytes()) ?? []).toString())).toMatchObject({
    frozen: null,
    erasedAt: expect.any(String),
    inputs: [{ name: "chats.jsonl", sha256: before?.sha256 }],
  });
  expect((await getAdapter(store, scope)).currentVersion).toBe(versionId);
});

test("a run that has read it and goes on fails at once, and its worker can't publish any more", async () => {
  await using store = await openTestStore();
  await prepare(store);
  const run = await freezeRun(store);
  const reserved = await reserveVersion(store, run);
  const written = await putVersionFiles(store, scope, reserved);
  expect((await eraseFile(store, scope, file)).runs).toMatchObject([{ id: run.id, status: "failed" }]);
  expect(await getRun(store, scope, run.id)).toMatchObject({
    status: "failed",
    error: { code: "dataset_erased", details: { name: "chats.jsonl" } },
    frozen: null,
  });
  expect((await readEvents(store, run.id, { after: 0, limit: 50 })).at(-1)).toMatchObject({
    type: "run-failed",
    data: { code: "dataset_erased" },
  });
  expect(await renewLease(store, { ...run, leaseSeconds: 30 })).toBe("lost");
  const version = { files: written, metrics: testMetrics, templateVariables: {} };
  expect(await publishVersion(store, run, version)).toBe("superseded");
  await sweepNow(store);
  expect(await store.db.$count(versions)).toBe(0);
  expect(await attemptKeys(store, run)).toEqual([]);
  expect(await headObject(store.objects, adapterKeys(scope).versionManifest(reserved))).toBeUndefined();
});

test("a run that waits and has not read it yet fails too; one that doesn't read it goes on", async () => {
  await using store = await openTestStore();
  await prepare(store);
  const waiting = await queueRun(store, scope);
  await storeFile(store, scope, { name: "chats.jsonl", body: "replaced\n" });
  await eraseFile(store, scope, file);
  expect(await getRun(store, scope, waiting.id)).toMatchObject({
    status: "failed",
    error: { code: "dataset_erased" },
  });
  expect(await headObject(store.objects, key)).toBeUndefined();
  await storeFile(store, scope, { name: "other.jsonl", body: "other\n" });
  const going = await queueRun(store, scope);
  await storeFile(store, scope, { name: "chats.jsonl", body: "new\n" });
  expect((await eraseFile(store, scope, file)).runs).toEqual([]);
  expect(await claimRun(store, { workerId: "w", engineKey: testEngineKey, leaseSeconds: 30 })).toMatchObject({
    id: going.id,
  });
});

test("a file that was deleted before can still be erased; a name that nobody knows can't", async () => {
  await using store = await openTestStore();
  await prepare(store);
  const run = await freezeRun(store);
  await publishRun(store, run);
  await deleteFile(store, scope, file);
  expect((await eraseFile(store, scope, file)).runs).toMatchObject([{ id: run.id }]);
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toEqual([]);
  expect((await eraseFile(store, scope, file)).runs).toEqual([]);
  const unknown = eraseFile(store, scope, { ...file, name: "never.jsonl" });
  await expect(unknown).rejects.toMatchObject({ code: "file_not_found" });
  await expect(eraseFile(store, { ...scope, userId: "bob" }, file)).rejects.toMatchObject({
    code: "file_not_found",
  });
});

test("a crash right after the mark: the side jobs carry it to its end", async () => {
  await using store = await openTestStore();
  await prepare(store);
  const run = await freezeRun(store);
  await store.background.settled();
  const crashed = withoutBackground(store);
  const digests = await digestsOfFile(crashed, scope, file);
  await markErased(crashed, scope, { ...file, digests });
  expect(await headObject(store.objects, key)).toBeDefined();
  expect(await attemptKeys(store, run)).not.toEqual([]);

  const isDeletion = ({ queue }: { queue: string }) => queue === "delete-file";
  const due = await vi.waitUntil(async () => (await findDueWork(store)).find(isDeletion), {
    timeout: 100_000,
  });
  await removeDeletedFile(store, due.data.fileId ?? "");
  await sweepNow(store);
  await projectFlags(store, { ...scope, kind: "training_data" });
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await attemptKeys(store, run)).toEqual([]);
  expect(await dictionaryOf(store, scope)).toEqual([]);
});
