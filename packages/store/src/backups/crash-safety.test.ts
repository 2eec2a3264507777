/** A process that ends between any two steps leaves either nothing that anybody sees, or the whole. */
import { startFaultProxy, testServices } from "@loraloom/testkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { getAdapter, listUnprojectedAdapters, projectAdapter } from "../adapters/index.ts";
import { writeManifest } from "../adapters/manifest.ts";
import { adapterKeys } from "../keys/index.ts";
import { getObject } from "../objects/index.ts";
import { rebuild } from "../rebuild/index.ts";
import { sweepStagedPrefixes } from "../staging/index.ts";
import { stagePrefix } from "../staging/staged-prefix.ts";
import type { Store } from "../store.ts";
import { adapters, backups, stagedPrefixes, versions } from "../tables/index.ts";
import { withoutBackground } from "../testing/flags.ts";
import { inspectLines, openTestStore } from "../testing/index.ts";
import { keysBelow } from "../testing/run-objects.ts";
import { prepareAvatar, trainVersion } from "../testing/scenario.ts";
import { writeBackupRecord } from "./backup-record.ts";
import { copyFiles } from "./copy-files.ts";
import { planBackup, showBackup } from "./create-backup.ts";
import { createBackup, listBackups, restoreBackup } from "./index.ts";
import { publishRestored } from "./publish-restored.ts";
import { manifestOfRestored } from "./restore-backup.ts";
import { readTarget } from "./restore-target.ts";

const scope = { userId: "ada", avatarId: "one" };
const other = { userId: "ada", avatarId: "two" };
const versionId = "01J00000000000000000000000";

const prepare = async (store: Store) => {
  await prepareAvatar(store, scope);
  await trainVersion(store, scope);
  return createBackup(store, scope);
};

/** Whatever a dead process has staged is due an hour later. */
const sweepLater = async (store: Store) => {
  await store.db.update(stagedPrefixes).set({ dueAt: sql`now()` });
  await sweepStagedPrefixes(store);
};

/** The steps of a restore into another avatar. */
const stepsOfRestore = async (store: Store, backup: Awaited<ReturnType<typeof createBackup>>) => {
  const target = await readTarget(store.db, other, backup);
  const restore = { backup, target, publish: "current" as const };
  const manifest = manifestOfRestored(restore, versionId);
  const [first, ...rest] = manifest.files;
  if (!first) throw new Error("A version without files");
  const places = {
    from: (file: string) => adapterKeys(scope).backupFile(backup.id, file),
    to: (file: string) => adapterKeys(other).versionFile(versionId, file),
  };
  return [
    () => stagePrefix(store.db, adapterKeys(other).versionPrefix(versionId)),
    () => copyFiles(store, [first], places),
    () => copyFiles(store, rest, places),
    () => writeManifest(store, other, { ...manifest }),
    () => publishRestored(store, restore, manifest),
  ];
};

test.each([1, 2, 3, 4])("a restore that ends after step %d is not there, and is swept", async (steps) => {
  await using store = await openTestStore();
  const backup = await prepare(store);
  for (const step of (await stepsOfRestore(store, backup)).slice(0, steps)) await step();
  await expect(getAdapter(store, other)).rejects.toMatchObject({ code: "adapter_not_found" });
  // Neither is what is being written taken for something that was lost.
  expect(await rebuild(store, { inspect: inspectLines })).toMatchObject({
    versions: 0,
    damaged: { count: 0 },
  });
  expect(await store.db.$count(versions)).toBe(1);
  await sweepLater(store);
  expect(await keysBelow(store, adapterKeys(other).versionsPrefix)).toEqual([]);
  const input = { backupId: backup.id, fromAvatarId: "one", publish: "current" as const };
  const restored = await restoreBackup(store, other, input);
  expect(restored.adapter.currentVersion).toBe(restored.versionId);
});

test("a restore that ends after its last step is there, and its pointer follows", async () => {
  await using opened = await openTestStore();
  const backup = await prepare(opened);
  await opened.background.settled();
  const store = withoutBackground(opened);
  for (const step of await stepsOfRestore(store, backup)) await step();
  await sweepLater(store);
  expect(await keysBelow(store, adapterKeys(other).versionsPrefix)).toHaveLength(3);
  expect(await listUnprojectedAdapters(store, 10)).toEqual([other]);
  await projectAdapter(store, other);
  const pointer = await getObject(store.objects, { key: adapterKeys(other).current });
  expect(Buffer.from((await pointer?.bytes()) ?? []).toString()).toContain(versionId);
  // The answer was lost: the same call finds its work done.
  const input = { backupId: backup.id, fromAvatarId: "one", publish: "current" as const };
  expect((await restoreBackup(store, other, input)).versionId).toBe(versionId);
});

test("a restore that was given up can't be shown any more", async () => {
  await using store = await openTestStore();
  const steps = await stepsOfRestore(store, await prepare(store));
  for (const step of steps.slice(0, 4)) await step();
  await sweepLater(store);
  await expect(steps[4]?.()).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await store.db.$count(adapters)).toBe(1);
  // What came late goes with the second sweep.
  await steps[1]?.();
  await sweepLater(store);
  expect(await keysBelow(store, adapterKeys(other).versionsPrefix)).toEqual([]);
  expect(await store.db.$count(stagedPrefixes)).toBe(0);
});

test.each([1, 2, 3])("a backup that ends after step %d is not there, and is swept", async (steps) => {
  await using store = await openTestStore();
  const first = await prepare(store);
  const backup = await planBackup(store, scope, undefined);
  const keys = adapterKeys(scope);
  const all = [
    () => stagePrefix(store.db, keys.backupPrefix(backup.id)),
    () =>
      copyFiles(store, backup.manifest.files, {
        from: (file) => keys.versionFile(backup.versionId, file),
        to: (file) => keys.backupFile(backup.id, file),
      }),
    () => writeBackupRecord(store, backup),
  ];
  for (const step of all.slice(0, steps)) await step();
  expect(await rebuild(store, { inspect: inspectLines })).toMatchObject({
    backups: 0,
    damaged: { count: 0 },
  });
  expect((await listBackups(store, scope, { limit: 10 })).backups).toEqual([first]);
  await sweepLater(store);
  expect(await keysBelow(store, keys.backupsPrefix)).toHaveLength(3);
  await expect(showBackup(store, backup)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await store.db.$count(backups)).toBe(1);
});

test("S3 faults: passing ones are not noticed, a lasting one leaves nothing", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const backup = await prepare(store);
  await store.background.settled();
  const isVersion = ({ method, path }: { method: string; path: string }) =>
    method === "PUT" && path.includes("/two/adapters/versions/");
  const input = { backupId: backup.id, fromAvatarId: "one", publish: "candidate" as const };
  proxy.setFault({ kind: "unavailable", matches: isVersion });
  await expect(restoreBackup(store, other, input)).rejects.toMatchObject({ code: "storage_unavailable" });
  await expect(getAdapter(store, other)).rejects.toMatchObject({ code: "adapter_not_found" });
  proxy.setFault({ kind: "lose-answer", times: 2, matches: isVersion });
  const { versionId: restored } = await restoreBackup(store, other, input);
  await sweepStagedPrefixes(store);
  expect(
    (await keysBelow(store, adapterKeys(other).versionsPrefix)).every((key) => key.includes(restored)),
  ).toBe(true);
});
