import { expect, test } from "vitest";
import {
  createAdapter,
  getAdapter,
  listUnprojectedAdapters,
  projectAdapter,
  rollbackAdapter,
} from "../adapters/index.ts";
import { writePlainCopy } from "../adapters/plain-copy.ts";
import { writePointer } from "../adapters/pointer.ts";
import { createBackup, restoreBackup } from "../backups/index.ts";
import { downloadArchive } from "../exports/index.ts";
import { projectFlags, setFlags } from "../files/index.ts";
import { adapterKeys } from "../keys/index.ts";
import { deleteObject, headObject, putObject } from "../objects/index.ts";
import { recordProgress } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runMetrics, stagedPrefixes } from "../tables/index.ts";
import { inspectAll, textOf, viewOf, viewWithoutFiles } from "../testing/avatar-view.ts";
import { inspectLines, openTestStore, storeFile } from "../testing/index.ts";
import { sweepNow } from "../testing/run-objects.ts";
import { testProgress } from "../testing/run-records.ts";
import { openEmptyDatabase } from "../testing/same-bucket.ts";
import { claimNextRun, prepareAvatar, publishRun, queueRun, trainVersion } from "../testing/scenario.ts";
import { rebuild } from "./index.ts";
import { storedAvatars } from "./scopes.ts";

const scope = { userId: "ada", avatarId: "one" };
const folder = { ...scope, kind: "training_data" } as const;
const options = { inspect: inspectLines };

test("publish, flag, upload, back up; with an empty database everything is as before, and goes on", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  for (const name of ["a.jsonl", "b.jsonl", "c d.jsonl"]) await storeFile(store, scope, { name });
  await storeFile(store, scope, { name: "picture", kind: "media/original/images" });
  await storeFile(store, { userId: "ada", avatarId: null }, { name: "face", kind: "image" });
  await setFlags(store, folder, [{ name: "b.jsonl", used: false }]);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await recordProgress(store, run, testProgress);
  const first = await publishRun(store, run);
  await trainVersion(store, scope);
  await trainVersion(store, scope, { publish: "candidate" });
  const backup = await createBackup(store, scope, { version: first.versionId });
  const other = { userId: "ada", avatarId: "two" };
  await restoreBackup(store, other, { backupId: backup.id, fromAvatarId: "one", publish: "current" });
  await downloadArchive(store, scope);
  await rollbackAdapter(store, scope);
  await sweepNow(store);
  await projectFlags(store, folder);
  await projectAdapter(store, scope);
  await projectAdapter(store, other);
  await store.background.settled();
  const before = [await viewOf(store, scope), await viewWithoutFiles(store, other)];

  await using empty = await openEmptyDatabase(store);
  const outcome = await rebuild(empty, options);
  expect(outcome).toMatchObject({
    avatars: 2,
    adapters: 2,
    versions: 4,
    backups: 1,
    runs: 3,
    damaged: { count: 0 },
  });
  expect(outcome.files).toEqual({ adopted: 5, changed: 0, missing: 0, skipped: 0 });
  await inspectAll(empty);
  expect([await viewOf(empty, scope), await viewWithoutFiles(empty, other)]).toEqual(before);
  expect(await empty.db.$count(runMetrics)).toBe(1);
  expect(await empty.db.$count(stagedPrefixes)).toBe(1);

  const again = await rebuild(empty, options);
  expect(again).toEqual({
    ...outcome,
    adapters: 0,
    versions: 0,
    backups: 0,
    runs: 0,
    files: { adopted: 0, changed: 0, missing: 0, skipped: 0 },
  });
  expect([await viewOf(empty, scope), await viewWithoutFiles(empty, other)]).toEqual(before);

  await goOn(empty, before[0]?.adapter.publishSeq ?? Number.NaN);
});

/** What is done next has higher numbers than anything before, and readers see it. */
const goOn = async (store: Store, before: number) => {
  const version = await trainVersion(store, scope);
  const adapter = await getAdapter(store, scope);
  expect(adapter).toMatchObject({ currentVersion: version });
  expect(adapter.publishSeq).toBeGreaterThan(before);
  await projectAdapter(store, scope);
  expect(await textOf(store, adapterKeys(scope).current)).toContain(`"version": "${version}"`);
  await setFlags(store, folder, [{ name: "a.jsonl", used: false }]);
  await projectFlags(store, folder);
  expect(JSON.parse(await textOf(store, dictionaryKey))).toEqual({
    "a.jsonl": false,
    "b.jsonl": false,
    "c d.jsonl": true,
  });
};

const dictionaryKey = "users/ada/avatars/one/adapters/metadata/metadata.json";

test("a late projection of the lost database changes nothing", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await storeFile(store, scope, { name: "a.jsonl" });
  await trainVersion(store, scope);
  await store.background.settled();
  await using empty = await openEmptyDatabase(store);
  await rebuild(empty, options);
  await inspectAll(empty);
  const version = await trainVersion(empty, scope);
  await setFlags(empty, folder, [{ name: "a.jsonl", used: false }]);
  await projectFlags(empty, folder);
  await projectAdapter(empty, scope);
  const pointer = await textOf(empty, adapterKeys(scope).current);
  expect(pointer).toContain(version);

  const late = await getAdapter(store, scope);
  await writePointer(store, late, []);
  await writePlainCopy(store, store.db, late);
  expect(await textOf(empty, adapterKeys(scope).current)).toBe(pointer);
  expect(await textOf(empty, adapterKeys(scope).plain("adapter_model.safetensors"))).toBe(version);
});

test("a plain copy that came back without its metadata, or not at all, is written anew, and no other", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  const version = await trainVersion(store, scope);
  await projectAdapter(store, scope);
  const plain = adapterKeys(scope).plain;
  const [weights, config] = [plain("adapter_model.safetensors"), plain("adapter_config.json")];
  const body = await textOf(store, weights);
  for (const damage of [
    () => putObject(store.objects, { key: weights, body }),
    () => deleteObject(store.objects, { key: config }),
  ]) {
    await rebuild(store, options);
    expect(await listUnprojectedAdapters(store, 10)).toEqual([]);
    await damage();
    await rebuild(store, options);
    expect(await listUnprojectedAdapters(store, 10)).toEqual([scope]);
    await projectAdapter(store, scope);
    for (const key of [weights, config])
      expect((await headObject(store.objects, key))?.metadata).toMatchObject({ version });
  }
});

test("more versions and folders than one page of a listing holds", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await trainVersion(store, scope);
  await store.background.settled();
  const avatars = Array.from({ length: 1005 }, (_, index) => `avatar-${String(index).padStart(4, "0")}`);
  const pointer = {
    version: null,
    previous: [],
    publish_seq: 5,
    generation: 3,
    state: "active",
    base_model: "tiny",
  };
  for (let at = 0; at < avatars.length; at += 50) {
    const some = avatars.slice(at, at + 50);
    await Promise.all(
      some.map((avatarId) =>
        putObject(store.objects, {
          key: adapterKeys({ userId: "many", avatarId }).current,
          body: JSON.stringify(pointer),
        }),
      ),
    );
  }
  await using empty = await openEmptyDatabase(store);
  const folders: string[] = [];
  for await (const { avatarId } of storedAvatars(empty, "many")) folders.push(avatarId);
  expect(folders).toEqual(avatars);
});
