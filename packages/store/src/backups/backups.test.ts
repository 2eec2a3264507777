import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  createAdapter,
  deleteAdapter,
  getAdapter,
  listVersions,
  projectAdapter,
  resolveVersion,
  rollbackAdapter,
} from "../adapters/index.ts";
import { adapterKeys } from "../keys/index.ts";
import { getObject, putObject } from "../objects/index.ts";
import { sweepStagedPrefixes } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { stagedPrefixes, versionInputs, versionParents, versions } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { keysBelow } from "../testing/run-objects.ts";
import { prepareAvatar, trainVersion } from "../testing/scenario.ts";
import { createBackup, deleteBackup, getBackup, listBackups, restoreBackup } from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };
const other = { userId: "ada", avatarId: "two" };

/** An avatar with a version and a backup of it. */
const prepareBackup = async (store: Store) => {
  await prepareAvatar(store, scope);
  const version = await trainVersion(store, scope);
  return { version, backup: await createBackup(store, scope) };
};

const textOf = async (store: Store, key: string): Promise<string> => {
  const object = await getObject(store.objects, { key });
  return Buffer.from((await object?.bytes()) ?? []).toString();
};

test("a backup has the version's files and tells where it came from and what it learned from", async () => {
  await using store = await openTestStore();
  const { version, backup } = await prepareBackup(store);
  const keys = adapterKeys(scope);
  expect(await textOf(store, keys.backupFile(backup.id, "adapter_model.safetensors"))).toBe(version);
  const inputs = await store.db.select().from(versionInputs);
  expect(inputs).toHaveLength(1);
  expect(JSON.parse(await textOf(store, keys.backupRecord(backup.id)))).toMatchObject({
    backup: backup.id,
    origin: { ...scope, version, state: "current" },
    manifest: {
      version,
      files: (await resolveVersion(store, scope, version)).files,
      inputs: [{ sha256: inputs[0]?.sha256, role: "train" }],
      parents: [],
      config: { rank: 8 },
    },
  });
  expect(await store.db.$count(stagedPrefixes)).toBe(0);
});

test("backups are listed page by page, the newest first, also when the adapter is deleted", async () => {
  await using store = await openTestStore();
  const { version, backup } = await prepareBackup(store);
  const second = await createBackup(store, scope, { version });
  const third = await createBackup(store, scope);
  await deleteAdapter(store, scope);
  const first = await listBackups(store, scope, { limit: 2 });
  expect(first.backups.map(({ id }) => id)).toEqual([third.id, second.id]);
  const rest = await listBackups(store, scope, { limit: 2, cursor: first.nextCursor ?? undefined });
  expect(rest.backups).toEqual([backup]);
  expect(rest.nextCursor).toBeNull();
});

test("a deleted backup is gone, its objects too, and what was restored from it stays", async () => {
  await using store = await openTestStore();
  const { backup } = await prepareBackup(store);
  const { versionId } = await restoreBackup(store, scope, { backupId: backup.id, publish: "current" });
  await deleteBackup(store, scope, backup.id);
  const missing = { code: "backup_not_found" };
  await expect(deleteBackup(store, scope, backup.id)).rejects.toMatchObject(missing);
  await expect(getBackup(store, scope, backup.id)).rejects.toMatchObject(missing);
  await store.background.settled();
  expect(await keysBelow(store, adapterKeys(scope).backupsPrefix)).toEqual([]);
  expect(await resolveVersion(store, scope, undefined)).toMatchObject({ id: versionId });
});

test("a backup becomes a new version, with the lineage of the old one", async () => {
  await using store = await openTestStore();
  const { version, backup } = await prepareBackup(store);
  const later = await trainVersion(store, scope);
  const before = await getAdapter(store, scope);
  const { versionId, adapter } = await restoreBackup(store, scope, {
    backupId: backup.id,
    publish: "current",
  });
  expect(adapter).toMatchObject({ currentVersion: versionId });
  expect(adapter.publishSeq).toBeGreaterThan(before.publishSeq);
  const restored = await resolveVersion(store, scope, undefined);
  const { runId, files, metrics } = await resolveVersion(store, scope, version);
  expect(restored).toMatchObject({ id: versionId, restoredFrom: backup.id, runId, files, metrics });
  expect(await store.db.select().from(versionParents)).toEqual([
    { versionId, parentId: version, how: "restored" },
  ]);
  const inputs = await store.db.select().from(versionInputs).where(eq(versionInputs.versionId, versionId));
  expect(inputs).toMatchObject([{ name: "chats.jsonl", role: "train" }]);
  await store.background.settled();
  expect(await textOf(store, adapterKeys(scope).plain("adapter_model.safetensors"))).toBe(version);
  expect(JSON.parse(await textOf(store, adapterKeys(scope).versionManifest(versionId)))).toMatchObject({
    version: versionId,
    restoredFrom: backup.id,
    parents: [{ version, how: "restored" }],
  });
  expect((await rollbackAdapter(store, scope)).currentVersion).toBe(later);
});

test("restored as a candidate it changes nothing that readers see; a second call makes it current", async () => {
  await using store = await openTestStore();
  const { version, backup } = await prepareBackup(store);
  // Until the version's plain copies are written, the adapter's record still changes by itself.
  await store.background.settled();
  const before = await getAdapter(store, scope);
  const input = { backupId: backup.id, publish: "candidate" as const };
  const first = await restoreBackup(store, scope, input);
  expect(await getAdapter(store, scope)).toEqual(before);
  expect(await restoreBackup(store, scope, input)).toMatchObject({ versionId: first.versionId });
  const promoted = await restoreBackup(store, scope, { ...input, publish: "current" });
  expect(promoted.adapter.currentVersion).toBe(first.versionId);
  const again = await restoreBackup(store, scope, { ...input, publish: "current" });
  // The rest of the adapter's record changes by itself once more, when its plain copies are written.
  const { versionId, adapter } = promoted;
  expect(again).toMatchObject({ versionId, adapter: { publishSeq: adapter.publishSeq } });
  const { versions: listed } = await listVersions(store, scope, { limit: 10 });
  expect(listed.map(({ id, state }) => [id, state])).toEqual([
    [first.versionId, "current"],
    [version, "previous"],
  ]);
});

test("of several that restore one backup at once all get one version, and nothing is left over", async () => {
  await using store = await openTestStore();
  const { backup } = await prepareBackup(store);
  const restore = () => restoreBackup(store, other, { ...fromOne(backup.id), publish: "current" });
  const restored = await Promise.all([restore(), restore(), restore()]);
  expect(new Set(restored.map(({ versionId }) => versionId)).size).toBe(1);
  await sweepStagedPrefixes(store);
  expect(await keysBelow(store, adapterKeys(other).versionsPrefix)).toHaveLength(3);
  expect((await getAdapter(store, other)).publishSeq).toBe(restored[0]?.adapter.publishSeq);
});

const fromOne = (backupId: string) => ({ backupId, fromAvatarId: "one" });

test("another avatar gets its adapter by a restore, and a third one's base model must be the same", async () => {
  await using store = await openTestStore();
  const { backup } = await prepareBackup(store);
  const { adapter } = await restoreBackup(store, other, { ...fromOne(backup.id), publish: "current" });
  expect(adapter).toMatchObject({ ...other, state: "active", baseModel: "tiny", generation: 1 });
  const third = { userId: "ada", avatarId: "three" };
  await createAdapter(store, third, { baseModel: "another" });
  const refused = restoreBackup(store, third, { ...fromOne(backup.id), publish: "candidate" });
  await expect(refused).rejects.toMatchObject({ code: "base_model_mismatch" });
});

test("a deleted adapter comes back in its next generation", async () => {
  await using store = await openTestStore();
  const { backup } = await prepareBackup(store);
  await deleteAdapter(store, scope);
  const { versionId } = await restoreBackup(store, scope, { backupId: backup.id, publish: "current" });
  expect(await getAdapter(store, scope)).toMatchObject({ generation: 2, currentVersion: versionId });
  await projectAdapter(store, scope);
  expect(await textOf(store, adapterKeys(scope).current)).toContain(versionId);
});

test("another user's backup is not there", async () => {
  await using store = await openTestStore();
  const { backup } = await prepareBackup(store);
  const bob = await prepareAvatar(store, { userId: "bob" });
  const missing = { code: "backup_not_found" };
  for (const fromAvatarId of [undefined, "one"]) {
    const input = { backupId: backup.id, fromAvatarId, publish: "current" as const };
    await expect(restoreBackup(store, bob, input)).rejects.toMatchObject(missing);
  }
  await expect(deleteBackup(store, bob, backup.id)).rejects.toMatchObject(missing);
});

test("a damaged version is not backed up and a damaged backup not restored; nothing of it is left", async () => {
  await using store = await openTestStore();
  const { version, backup } = await prepareBackup(store);
  const weights = "adapter_model.safetensors";
  await putObject(store.objects, { key: adapterKeys(scope).backupFile(backup.id, weights), body: "torn" });
  const corrupt = { code: "corrupt_adapter", message: expect.stringContaining(weights) };
  const restoring = restoreBackup(store, other, { ...fromOne(backup.id), publish: "current" });
  await expect(restoring).rejects.toMatchObject(corrupt);
  await expect(getAdapter(store, other)).rejects.toMatchObject({ code: "adapter_not_found" });
  await putObject(store.objects, { key: adapterKeys(scope).versionFile(version, weights), body: "torn" });
  await expect(createBackup(store, scope)).rejects.toMatchObject(corrupt);
  await sweepStagedPrefixes(store);
  expect(await keysBelow(store, adapterKeys(other).versionsPrefix)).toEqual([]);
  expect((await listBackups(store, scope, { limit: 10 })).backups).toEqual([backup]);
  expect(await keysBelow(store, adapterKeys(scope).backupsPrefix)).toHaveLength(3);
  expect(await store.db.$count(versions)).toBe(1);
});
