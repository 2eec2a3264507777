import { expect, test } from "vitest";
import { deleteFile } from "../files/index.ts";
import { type Folder, fileKey } from "../keys/index.ts";
import { headObject, listObjects, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { inspectLines, openTestStore, sha256Of, storeFile } from "../testing/index.ts";
import { type CopyOriginalInput, copyOriginal } from "./copy-original.ts";

const avatar = { userId: "ann", avatarId: "amy" };
const texts: Folder = { ...avatar, kind: "media/original/text" };
const copy = (store: Store, input: Partial<CopyOriginalInput> = {}) =>
  copyOriginal(store, avatar, { from: { ...texts, name: "book.txt" }, inspect: inspectLines, ...input });
const openWithBook = async () => {
  const store = await openTestStore();
  await storeFile(store, texts, {
    kind: texts.kind,
    name: "book.txt",
    body: "1\n2\n",
    contentType: "text/plain",
  });
  return store;
};

test("an original becomes training data, is inspected, and stays where it is", async () => {
  await using store = await openWithBook();
  expect(await copy(store)).toMatchObject({
    kind: "training_data",
    name: "book.txt",
    used: true,
    sha256: sha256Of("1\n2\n"),
    contentType: "text/plain",
    state: "ready",
    report: { rows: 2 },
  });
  for (const kind of ["training_data", "media/original/text"] as const) {
    expect(await headObject(store.objects, fileKey(avatar, kind, "book.txt"))).toMatchObject({ size: 4 });
  }
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
  await deleteFile(store, texts, { kind: texts.kind, name: "book.txt" });
  expect(await store.db.select().from(files)).toMatchObject([{ kind: "training_data" }]);
});

test("a file of that name is replaced and keeps its flag unless another is asked for", async () => {
  await using store = await openWithBook();
  const before = await storeFile(store, avatar, { name: "old.txt", useForTraining: false });
  expect(await copy(store, { as: "old.txt" })).toMatchObject({ id: before.id, size: 4, used: false });
  expect(await copy(store, { as: "old.txt", useForTraining: true })).toMatchObject({ used: true });
});

test("an original that is not there, or whose bytes another tool changed, is not copied", async () => {
  await using store = await openWithBook();
  const absent = copy(store, { from: { ...texts, name: "none" } });
  await expect(absent).rejects.toMatchObject({ code: "file_not_found" });
  await putObject(store.objects, { key: fileKey(texts, texts.kind, "book.txt"), body: "changed" });
  await expect(copy(store)).rejects.toMatchObject({ code: "file_not_found" });
  expect(await store.db.$count(files)).toBe(1);
});
