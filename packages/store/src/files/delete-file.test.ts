import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { fileKey, flagsKey } from "../keys/index.ts";
import { deleteObject, getObject, headObject, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, markNamed } from "./delete-files.ts";
import { listFiles, projectFlags } from "./index.ts";
import { removeDeletedFile } from "./remove-deleted.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const file = { kind: "training_data", name: "a" } as const;
const key = fileKey(scope, file.kind, file.name);
const dictionaryOf = async (store: Store) => {
  await projectFlags(store, folder);
  const object = await getObject(store.objects, { key: flagsKey(folder) });
  return object && JSON.parse(Buffer.from(await object.bytes()).toString());
};

test("a deleted file is gone: row, object and flag", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, file);
  await storeFile(store, scope, { ...file, kind: "evaluation_data" });
  await deleteFile(store, scope, file);
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await store.db.select().from(files)).toMatchObject([{ kind: "evaluation_data" }]);
  expect(await dictionaryOf(store)).toEqual({});
});

test("a file that is not there, or is another's, is not found", async () => {
  await using store = await openTestStore();
  await storeFile(store, { ...scope, userId: "bob" }, file);
  await expect(deleteFile(store, scope, file)).rejects.toMatchObject({ code: "file_not_found" });
});

test("a crash after the mark: nobody sees the file, its flag is false, and the side job ends it", async () => {
  await using store = await openTestStore();
  const { id } = await storeFile(store, scope, file);
  await markNamed(store, scope, file);
  expect((await listFiles(store, scope, { kind: file.kind, filter: "all", limit: 9 })).files).toEqual([]);
  expect(await dictionaryOf(store)).toEqual({ a: false });
  await expect(deleteFile(store, scope, file)).rejects.toMatchObject({ code: "file_not_found" });
  await removeDeletedFile(store, id);
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await dictionaryOf(store)).toEqual({});
});

test("a crash after the object's removal: the row follows", async () => {
  await using store = await openTestStore();
  const { id } = await storeFile(store, scope, file);
  await markNamed(store, scope, file);
  await deleteObject(store.objects, { key });
  await removeDeletedFile(store, id);
  expect(await store.db.$count(files)).toBe(0);
  await removeDeletedFile(store, id);
});

test("an upload of the name takes a file over that is being deleted, with a flag of its own", async () => {
  await using store = await openTestStore();
  const { id } = await storeFile(store, scope, { ...file, useForTraining: false });
  await markNamed(store, scope, file);
  const again = await storeFile(store, scope, { ...file, body: "new\n" });
  expect(again).toMatchObject({ used: true, state: "ready" });
  await removeDeletedFile(store, id);
  expect(await headObject(store.objects, key)).toMatchObject({ size: 4 });
  expect(await dictionaryOf(store)).toEqual({ a: true });
});

test("bytes that another tool put over a deleted file go too", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, file);
  await putObject(store.objects, { key, body: "foreign" });
  await deleteFile(store, scope, file);
  expect(await headObject(store.objects, key)).toBeUndefined();
});

test("with S3 out of reach the file is gone for readers, and its object when S3 is back", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const { id } = await storeFile(store, scope, file);
  proxy.setFault({ kind: "unavailable" });
  await deleteFile(store, scope, file);
  expect((await listFiles(store, scope, { kind: file.kind, filter: "all", limit: 9 })).files).toEqual([]);
  proxy.setFault({ kind: "lose-answer", times: 1, matches: ({ method }) => method === "DELETE" });
  await removeDeletedFile(store, id);
  expect(proxy.hits()).toBe(1);
  expect(await headObject(store.objects, key)).toBeUndefined();
});
