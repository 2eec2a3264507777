import { setTimeout as sleep } from "node:timers/promises";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { type FlaggedFolder, type Folder, fileKey, folderPrefix } from "../keys/index.ts";
import { deleteObject, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { dictionaryOf, flagsOf, withoutBackground, writeForeign } from "../testing/flags.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, sha256Of, storeFile } from "../testing/index.ts";
import { acceptUpload } from "../uploads/accept-upload.ts";
import { finishUpload } from "../uploads/index.ts";
import { markNamed } from "./delete-files.ts";
import { type SyncOutcome, syncFolder } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder: FlaggedFolder = { ...scope, kind: "training_data" };
const put = (store: Store, name: string, body: string, where: Folder = folder) =>
  putObject(store.objects, { key: fileKey(where, where.kind, name), body });
const sync = async (store: Store, where: Folder = folder) => {
  const outcome = await syncFolder(store, where, inspectLines);
  await store.background.settled();
  return listsOf(outcome);
};
/** Without what is empty. */
const listsOf = ({ surplus, ...lists }: SyncOutcome) =>
  Object.fromEntries(
    Object.entries(lists).flatMap(([key, { count, first }]) => (count ? [[key, first]] : [])),
  );
const fileOf = async (store: Store, name: string) => {
  const [file] = await store.db.select().from(files).where(eq(files.name, name));
  return file;
};

test("files that other tools put beyond the limit are there all the same, and are told", async () => {
  await using store = await openTestStore({ limits: { filesPerAvatar: 2 } });
  for (const name of ["a", "b", "c"]) await put(store, name, "1\n");
  expect(await syncFolder(store, folder, inspectLines)).toMatchObject({ adopted: { count: 3 }, surplus: 1 });
  await expect(beginUpload(store, scope, { name: "d" })).rejects.toMatchObject({ code: "too_many_files" });
  await storeFile(store, scope, { name: "c" });
});

test("objects put by another tool become files: flag from the dictionary, hash and report by inspection", async () => {
  await using store = await openTestStore();
  await put(store, "a", "1\n2\n");
  await put(store, "b", "1\n");
  await writeForeign(store, scope, '{"b": false, "elsewhere": false}');
  expect(await sync(store)).toEqual({ adopted: ["a", "b"] });
  expect(await fileOf(store, "a")).toMatchObject({
    used: true,
    state: "ready",
    size: 4,
    sha256: sha256Of("1\n2\n"),
    report: { rows: 2 },
  });
  expect(await flagsOf(store)).toEqual([
    ["a", true],
    ["b", false],
  ]);
  expect(await dictionaryOf(store, folder)).toEqual([
    ["a", true],
    ["b", false],
    ["elsewhere", false],
  ]);
  expect(await sync(store)).toEqual({});
});

test("a flag that another tool writes after its object was adopted still counts", async () => {
  await using store = await openTestStore();
  await put(store, "a", "1\n");
  await syncFolder(withoutBackground(store), folder, inspectLines);
  await writeForeign(store, scope, '{"a": false}');
  await sync(store);
  expect(await flagsOf(store)).toEqual([["a", false]]);
});

test("an object that was changed is inspected again and keeps its flag", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a", useForTraining: false });
  await put(store, "a", "1\n2\n3\n");
  expect(await sync(store)).toEqual({ changed: ["a"] });
  expect(await fileOf(store, "a")).toMatchObject({
    used: false,
    size: 6,
    sha256: sha256Of("1\n2\n3\n"),
    report: { rows: 3, faultCount: 0 },
  });
});

test("an object that vanished leaves a file with a fault, until it is back", async () => {
  await using store = await openTestStore();
  const before = await storeFile(store, scope, { name: "a" });
  await deleteObject(store.objects, { key: fileKey(scope, "training_data", "a") });
  expect(await sync(store)).toEqual({ missing: ["a"] });
  expect(await sync(store)).toEqual({ missing: ["a"] });
  expect(await fileOf(store, "a")).toMatchObject({
    state: "ready",
    report: { usableRows: 0, faults: [{ code: "dataset_changed" }] },
  });
  await put(store, "a", "a\n");
  expect(await sync(store)).toEqual({ changed: ["a"] });
  expect(await fileOf(store, "a")).toMatchObject({ id: before.id, report: { rows: 1, faultCount: 0 } });
});

test("names in the middle of an upload or a deletion are skipped, and so is what can't be a name", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "deleted" });
  await markNamed(store, scope, { kind: "training_data", name: "deleted" });
  const upload = await beginUpload(store, scope, { name: "uploaded", body: "new\n" });
  await putBytes(upload, "new\n");
  await acceptUpload(store, scope, upload.uploadId);
  await put(store, "uploaded", "foreign\n");
  const prefix = folderPrefix(scope, "training_data");
  for (const segment of [".hidden", "sub/a", "empty/"]) {
    await putObject(store.objects, { key: `${prefix}${segment}`, body: "x" });
  }
  expect(await sync(store)).toEqual({
    skipped: [
      { name: ".hidden", reason: "name" },
      { name: "sub/a", reason: "name" },
      { name: "deleted", reason: "deletion" },
      { name: "uploaded", reason: "upload" },
    ],
  });
  await finishUpload(store, upload.uploadId);
  expect(await sync(store)).toMatchObject({ skipped: [{}, {}, { name: "deleted" }] });
  expect(await fileOf(store, "uploaded")).toMatchObject({ size: 4 });
});

test("other folders are synced too: no report, and a hash that a side job computes", async () => {
  await using store = await openTestStore();
  const images: Folder = { userId: "ann", avatarId: null, kind: "image" };
  const notes: Folder = { ...scope, kind: "media/original/text" };
  for (const where of [images, notes]) {
    await put(store, "a", "bytes", where);
    expect(await sync(store, where)).toEqual({ adopted: ["a"] });
  }
  const adopted = { state: "ready", sha256: sha256Of("bytes"), report: null };
  expect(await store.db.select().from(files)).toMatchObject([
    { ...adopted, avatarId: null, kind: "image" },
    { ...adopted, avatarId: "amy", kind: "media/original/text" },
  ]);
  expect(await sync(store, images)).toEqual({});
});

test("more objects than one page of a listing are adopted, each once", async () => {
  await using store = await openTestStore();
  const names = Array.from({ length: 1_203 }, (_, index) => `f${index}`);
  for (let start = 0; start < names.length; start += 50) {
    await Promise.all(names.slice(start, start + 50).map((name) => put(store, name, "1\n")));
  }
  const outcome = await syncFolder(withoutBackground(store), folder, inspectLines);
  expect(outcome.adopted.count).toBe(1_203);
  expect(outcome.adopted.first).toHaveLength(1_000);
  expect(await store.db.$count(files)).toBe(1_203);
});

test("uploads go on while a folder is synced, and each ends as itself", async () => {
  await using store = await openTestStore();
  const names = Array.from({ length: 12 }, (_, index) => `f${index}`);
  const uploading = names.map(async (name, index) => {
    for (const round of [1, 2]) {
      await storeFile(store, scope, {
        name,
        body: `${"x".repeat(index + round)}\n`,
        useForTraining: round === 1,
      });
    }
  });
  const syncing = Array.from({ length: 4 }, async (_, turn) => {
    await sleep(turn * 100);
    return syncFolder(store, folder, inspectLines);
  });
  await Promise.all([...uploading, ...syncing]);
  await store.background.settled();
  const found = await store.db.select().from(files).orderBy(files.createdAt);
  expect(found).toHaveLength(12);
  for (const file of found) {
    const size = Number(file.name.slice(1)) + 3;
    expect(file).toMatchObject({ used: false, size, state: "ready", report: { rows: 1 } });
  }
  expect(await store.db.$count(uploads, eq(uploads.state, "completed"))).toBe(24);
  expect(await sync(store)).toEqual({});
});
