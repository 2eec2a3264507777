import { expect, test } from "vitest";
import { createBackup, deleteBackup, restoreBackup } from "../backups/index.ts";
import { deleteFile } from "../files/index.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files, versionInputs, versionParents, versions } from "../tables/index.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { addFile, prepareAvatar, trainVersion } from "../testing/scenario.ts";
import { readLineage, versionsWith } from "./index.ts";

const one = { userId: "ada", avatarId: "one" };
const two = { userId: "ada", avatarId: "two" };
const chats = { kind: "training_data", name: "chats.jsonl" } as const;

const restoreInto = async (store: Store, from: AvatarScope, into: AvatarScope) => {
  const backup = await createBackup(store, from);
  const { versionId } = await restoreBackup(store, into, {
    backupId: backup.id,
    fromAvatarId: from.avatarId,
    publish: "current",
  });
  return { backup, versionId };
};

test("a version's lineage leads through restores, back and forth", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, one);
  const trained = await trainVersion(store, one);
  const first = await restoreInto(store, one, two);
  const second = await restoreInto(store, two, one);

  const [input] = await store.db.select().from(files);
  const inputs = [{ fileId: input?.id, name: "chats.jsonl", sha256: input?.sha256, role: "train" }];
  expect(await readLineage(store, one, { version: trained })).toMatchObject({
    version: trained,
    restoredFrom: null,
    inputs,
    ancestors: [],
    descendants: [
      { version: first.versionId, avatarId: "two", of: trained, how: "restored" },
      { version: second.versionId, avatarId: "one", of: first.versionId, how: "restored" },
    ],
    backups: [first.backup.id],
  });
  expect(await readLineage(store, one)).toMatchObject({
    version: second.versionId,
    restoredFrom: second.backup.id,
    inputs,
    ancestors: [
      { version: first.versionId, avatarId: "two", of: second.versionId, inputs },
      { version: trained, avatarId: "one", of: first.versionId, inputs },
    ],
    descendants: [],
    backups: [],
  });
  await expect(readLineage(store, two, { version: trained })).rejects.toMatchObject({
    code: "version_not_found",
  });
});

test("a file's versions are found in every avatar, its backups too, and no other ones", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, one);
  const trained = await trainVersion(store, one);
  const { backup, versionId } = await restoreInto(store, one, two);
  await deleteFile(store, one, chats);
  await addFile(store, one, { name: "other.jsonl" });
  await trainVersion(store, one);
  await prepareAvatar(store, { userId: "bob" });
  await trainVersion(store, { userId: "bob", avatarId: "one" });

  // Also of a file that is deleted by now.
  expect(await versionsWith(store, one, chats)).toEqual({
    versions: [
      { version: versionId, avatarId: "two", state: "current", how: "trained" },
      { version: trained, avatarId: "one", state: "previous", how: "trained" },
    ],
    backups: [{ backup: backup.id, avatarId: "one", version: trained, how: "trained" }],
  });
  await deleteBackup(store, one, backup.id);
  expect((await versionsWith(store, one, chats)).backups).toEqual([]);
  const unknown = versionsWith(store, one, { ...chats, name: "never.jsonl" });
  await expect(unknown).rejects.toMatchObject({ code: "file_not_found" });
});

test("bytes are found under every name that they had, earlier bytes of a name too", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store, one);
  await deleteFile(store, scope, chats);
  await storeFile(store, scope, { name: "chats.jsonl", body: "first\n" });
  const first = await trainVersion(store, scope);
  await storeFile(store, scope, { name: "chats.jsonl", body: "second\n" });
  await storeFile(store, scope, { name: "copy.jsonl", body: "first\n", useForTraining: false });
  const second = await trainVersion(store, scope);
  const versionsOf = async (name: string) =>
    (await versionsWith(store, scope, { ...chats, name })).versions.map(({ version }) => version);
  expect(await versionsOf("copy.jsonl")).toEqual([first]);
  expect(await versionsOf("chats.jsonl")).toEqual([second, first]);
});

test("a version that was warm-started holds what its parents learned, one that was only measured says so", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store, one);
  const parent = await trainVersion(store, scope);
  const [input] = await store.db.select().from(versionInputs);
  await deleteFile(store, scope, chats);
  await addFile(store, scope, { name: "other.jsonl" });
  const child = await trainVersion(store, scope);
  const grandchild = await trainVersion(store, scope);
  const measured = await trainVersion(store, scope);
  const warm = { how: "warm-start" } as const;
  await store.db.insert(versionParents).values([
    { versionId: child, parentId: parent, ...warm },
    { versionId: grandchild, parentId: child, ...warm },
    // A cycle can't come about, and must not hang anybody.
    { versionId: parent, parentId: grandchild, ...warm },
  ]);
  const { sha256 = "" } = input ?? {};
  await store.db
    .insert(versionInputs)
    .values({ versionId: measured, fileId: "held-out", name: "held.jsonl", sha256, role: "evaluation" });
  expect(
    (await versionsWith(store, scope, chats)).versions.map(({ version, how }) => [version, how]),
  ).toEqual([
    [measured, "evaluated"],
    [grandchild, "inherited"],
    [child, "inherited"],
    [parent, "trained"],
  ]);
  expect(await store.db.$count(versions)).toBe(4);
  expect((await readLineage(store, scope, { version: child })).ancestors).toHaveLength(3);
});
