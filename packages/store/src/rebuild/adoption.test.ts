import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  createAdapter,
  deleteAdapter,
  getAdapter,
  listVersions,
  rollbackAdapter,
  writeManifest,
} from "../adapters/index.ts";
import { createBackup, deleteBackup } from "../backups/index.ts";
import { listFiles, projectFlags } from "../files/index.ts";
import { adapterKeys, fileKey } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import { handBack, manifestOf, publishVersion, reserveVersion } from "../runs/index.ts";
import { avatarFlags, versions } from "../tables/index.ts";
import { textOf } from "../testing/avatar-view.ts";
import { writeForeign } from "../testing/flags.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, storeFile } from "../testing/index.ts";
import { openEmptyDatabase } from "../testing/same-bucket.ts";
import {
  claimNextRun,
  prepareAvatar,
  publishRun,
  putVersionFiles,
  queueRun,
  testMetrics,
  trainVersion,
} from "../testing/scenario.ts";
import { acceptUpload } from "../uploads/accept-upload.ts";
import { rebuild } from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };
const folder = { ...scope, kind: "training_data" } as const;
const dictionaryKey = "users/ada/avatars/one/adapters/metadata/metadata.json";
const options = { inspect: inspectLines };

test("a version that neither the pointer nor a backup names becomes a candidate, one of an older life stays there", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  const old = await trainVersion(store, scope);
  await deleteAdapter(store, scope);
  await createAdapter(store, scope, { baseModel: "tiny" });
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  const unpublished = await publishRun(store, run);
  await store.background.settled();
  // As if the run's transaction had not been.
  const current = {
    version: null,
    previous: [],
    publish_seq: 99,
    generation: 2,
    state: "active",
    base_model: "tiny",
  };
  await putObject(store.objects, { key: adapterKeys(scope).current, body: JSON.stringify(current) });

  await using empty = await openEmptyDatabase(store);
  expect(await rebuild(empty, options)).toMatchObject({ versions: 2 });
  expect(await getAdapter(empty, scope)).toMatchObject({
    currentVersion: null,
    generation: 2,
    publishSeq: 99,
  });
  const { versions: listed } = await listVersions(empty, scope, { limit: 10 });
  expect(listed).toMatchObject([{ id: unpublished.versionId, state: "candidate", publishedSeq: null }]);
  const [older] = await empty.db.select().from(versions).where(eq(versions.id, old));
  expect(older).toMatchObject({ generation: 1 });
  await expect(rollbackAdapter(empty, scope)).rejects.toMatchObject({ code: "no_previous_version" });
  expect((await rollbackAdapter(empty, scope, { version: unpublished.versionId })).publishSeq).toBe(100);
});

test("a version that is whole, but of an attempt that its run had lost, is not adopted", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await queueRun(store, scope);
  const late = await claimNextRun(store);
  const given = await reserveVersion(store, late);
  await handBack(store, late);
  const { versionId } = await publishRun(store, await claimNextRun(store));
  await store.background.settled();
  const files = await putVersionFiles(store, scope, given);
  const written = { files, metrics: testMetrics, templateVariables: {} };
  await writeManifest(store, scope, { ...manifestOf(late, given, written) });

  await using empty = await openEmptyDatabase(store);
  expect(await rebuild(empty, options)).toMatchObject({ versions: 1, damaged: { count: 0 } });
  const { versions: listed } = await listVersions(empty, scope, { limit: 10 });
  expect(listed.map(({ id }) => id)).toEqual([versionId]);
});

test("a deleted adapter stays deleted, one that was never trained is there", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await trainVersion(store, scope);
  await deleteAdapter(store, scope);
  await createAdapter(store, { ...scope, avatarId: "new" }, { baseModel: "another" });
  await store.background.settled();
  await using empty = await openEmptyDatabase(store);
  await rebuild(empty, options);
  await expect(getAdapter(empty, scope)).rejects.toMatchObject({ code: "adapter_not_found" });
  expect(await getAdapter(empty, { ...scope, avatarId: "new" })).toMatchObject({ baseModel: "another" });
  expect(await createAdapter(empty, scope, { baseModel: "tiny" })).toMatchObject({ generation: 2 });
});

test("beside a living service: what is under way is left alone, and nothing changes", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await storeFile(store, scope, { name: "a.jsonl", useForTraining: false });
  const current = await trainVersion(store, scope);
  await queueRun(store, scope);
  const going = await claimNextRun(store);
  const reserved = await reserveVersion(store, going);
  const written = {
    files: await putVersionFiles(store, scope, reserved),
    metrics: testMetrics,
    templateVariables: {},
  };
  await writeManifest(store, scope, { ...manifestOf(going, reserved, written) });
  const backup = await createBackup(store, scope);
  await deleteBackup(store, scope, backup.id);
  const upload = await beginUpload(store, scope, { name: "a.jsonl", body: "new\n" });
  await putBytes(upload, "new\n");
  await acceptUpload(store, scope, upload.uploadId);
  await putObject(store.objects, { key: fileKey(scope, "training_data", "a.jsonl"), body: "half" });
  await store.background.settled();
  const before = await getAdapter(store, scope);

  const outcome = await rebuild(store, options);
  expect(outcome).toMatchObject({ adapters: 0, versions: 0, backups: 0, runs: 0, damaged: { count: 0 } });
  expect(outcome.files).toMatchObject({ adopted: 0, changed: 0, skipped: 1 });
  expect(await getAdapter(store, scope)).toEqual(before);
  expect((await listVersions(store, scope, { limit: 10 })).versions.map(({ id }) => id)).toEqual([current]);
  expect(await publishVersion(store, going, written)).toBe("published");
});

test("what is damaged is named and nothing else is held up by it", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  const torn = await trainVersion(store, scope);
  const lost = await trainVersion(store, scope);
  const whole = await trainVersion(store, scope);
  await store.background.settled();
  const keys = adapterKeys(scope);
  await putObject(store.objects, { key: keys.versionManifest(torn), body: "{ torn" });
  await putObject(store.objects, { key: keys.versionFile(lost, "adapter_model.safetensors"), body: "short" });
  await putObject(store.objects, { key: keys.runRecord("unknown"), body: "[]" });
  await putObject(store.objects, { key: "users/not an id/avatars/x/adapters/current.json", body: "{}" });
  await using empty = await openEmptyDatabase(store);
  const { damaged, versions: adopted } = await rebuild(empty, options);
  expect(adopted).toBe(1);
  expect(damaged.first.map(({ key }) => key)).toEqual([
    keys.versionManifest(torn),
    keys.versionFile(lost, "adapter_model.safetensors"),
    keys.runRecord("unknown"),
  ]);
  expect(await getAdapter(empty, scope)).toMatchObject({ currentVersion: whole });
});

test("flags that another tool wrote, also for files that are not there, are kept", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a.jsonl" });
  await store.background.settled();
  await writeForeign(store, scope, '{"a.jsonl": false, "later.jsonl": false}');
  await using empty = await openEmptyDatabase(store);
  await rebuild(empty, options);
  await projectFlags(empty, folder);
  expect(JSON.parse(await textOf(empty, dictionaryKey))).toEqual({ "a.jsonl": false, "later.jsonl": false });
  expect(await storeFile(empty, scope, { name: "later.jsonl" })).toMatchObject({ used: true });
});

test("avatars with more files than they may have are named, and by how many", async () => {
  await using store = await openTestStore({ limits: { filesPerAvatar: 2 } });
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await storeFile(store, { ...scope, avatarId: "two" }, { name: "a" });
  await putObject(store.objects, { key: fileKey(scope, "media/audio", "c"), body: "c" });
  await store.background.settled();
  await using empty = await openEmptyDatabase(store);
  expect(await rebuild(empty, options)).toMatchObject({
    avatars: 2,
    surplus: { count: 1, first: [{ ...scope, files: 1 }] },
  });
});

test("whoever begins before the rebuild loses no flag that the store still has", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a.jsonl", useForTraining: false });
  await store.background.settled();
  await using empty = await openEmptyDatabase(store);
  await storeFile(empty, scope, { name: "b.jsonl" });
  await projectFlags(empty, folder);
  expect(JSON.parse(await textOf(empty, dictionaryKey))).toEqual({ "a.jsonl": false, "b.jsonl": true });
  await rebuild(empty, options);
  const { files: listed } = await listFiles(empty, scope, {
    kind: "training_data",
    filter: "unused",
    limit: 10,
  });
  expect(listed.map(({ name }) => name)).toEqual(["a.jsonl"]);
  const [{ rev = 0 } = {}] = await empty.db.select().from(avatarFlags);
  const [{ rev: lostRev = 0 } = {}] = await store.db.select().from(avatarFlags);
  expect(rev).toBeGreaterThan(lostRev);
});
