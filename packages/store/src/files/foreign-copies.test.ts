/** What another tool brings back that it read earlier. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { type FlaggedFolder, fileKey, flagsKey } from "../keys/index.ts";
import { getObject, headObject, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { avatarFlags, files } from "../tables/index.ts";
import { dictionaryOf, dictionaryText, flagsOf, withoutBackground, writeForeign } from "../testing/flags.ts";
import { inspectLines, openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, projectFlags, setFlags, syncFolder } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder: FlaggedFolder = { ...scope, kind: "training_data" };
const flip = async (store: Store, name: string, used: boolean) => {
  await setFlags(store, folder, [{ name, used }]);
  await projectFlags(store, folder);
};
const openWith = async (...names: string[]) => {
  const store = await openTestStore();
  for (const name of names) await storeFile(store, scope, { name });
  await store.background.settled();
  await projectFlags(store, folder);
  return store;
};
const textNow = async (store: Store) => (await dictionaryText(store, folder)) ?? "";

test("an old copy of the whole dictionary changes no flag and brings no deleted name back", async () => {
  await using store = await openWith("a", "b", "gone");
  const old = await textNow(store);
  await flip(store, "a", false);
  await deleteFile(store, scope, { kind: "training_data", name: "gone" });
  await projectFlags(store, folder);
  await writeForeign(store, scope, old);
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});

test("neither does an old copy that kept the metadata of the object", async () => {
  await using store = await openWith("a");
  const key = flagsKey(folder);
  const old = await getObject(store.objects, { key });
  const body = Buffer.from((await old?.bytes()) ?? "");
  await flip(store, "a", false);
  await putObject(store.objects, { key, body, metadata: old?.metadata ?? {} });
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([["a", false]]);
  expect(await flagsOf(store)).toEqual([["a", false]]);
});

test("of an old copy that was edited in place only the edit counts", async () => {
  await using store = await openWith("a", "b");
  const old = await textNow(store);
  await flip(store, "a", false);
  await writeForeign(store, scope, old.replace('"b": true', '"b": false'));
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});

test("an edit in place of the newest text counts for any name", async () => {
  await using store = await openWith("a");
  await flip(store, "a", false);
  await writeForeign(store, scope, (await textNow(store)).replace('"a": false', '"a": true'));
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([["a", true]]);
});

test("when a boolean returns, the body and its ETag do not, and a PUT conditional on the older one fails", async () => {
  await using store = await openWith("a");
  const key = flagsKey(folder);
  await flip(store, "a", false);
  const [text, before] = [await textNow(store), await headObject(store.objects, key)];
  await flip(store, "a", true);
  await flip(store, "a", false);
  const [again, after] = [await textNow(store), await headObject(store.objects, key)];
  expect(JSON.parse(again)).toEqual(JSON.parse(text));
  expect(again).not.toBe(text);
  expect(after?.etag).not.toBe(before?.etag);
  const late = new PutObjectCommand({
    Bucket: store.objects.bucket,
    Key: key,
    Body: '{"a": true}',
    IfMatch: `"${before?.etag}"`,
  });
  await expect(store.objects.client.send(late)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
});

test("a dictionary copied from another avatar is another tool's word, whatever its revision", async () => {
  await using store = await openWith("a");
  const other: FlaggedFolder = { ...folder, avatarId: "bob" };
  await storeFile(store, other, { name: "a", useForTraining: false });
  await projectFlags(store, other);
  await store.background.settled();
  await writeForeign(store, scope, (await dictionaryText(store, other)) ?? "");
  await setFlags(store, folder, [{ name: "a", used: true }]);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, folder)).toEqual([["a", true]]);
});

test("a folder copied to a new avatar brings its flags along", async () => {
  await using store = await openWith("a", "b");
  await flip(store, "a", false);
  const copy: FlaggedFolder = { ...folder, avatarId: "copy" };
  for (const name of ["a", "b"]) {
    await putObject(store.objects, { key: fileKey(copy, "training_data", name), body: "1\n" });
  }
  await writeForeign(store, copy, await textNow(store));
  await syncFolder(store, copy, inspectLines);
  await store.background.settled();
  expect(await dictionaryOf(store, copy)).toEqual([
    ["a", false],
    ["b", true],
  ]);
});

test("a database that lost everything finds the flags in its own dictionary", async () => {
  await using store = await openWith("a", "b");
  await flip(store, "a", false);
  await store.background.settled();
  await store.db.delete(files);
  await store.db.delete(avatarFlags);
  await syncFolder(withoutBackground(store), folder, inspectLines);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
  ]);
});

test("a restored database that came to the same revision with other flags is not taken for current", async () => {
  await using store = await openWith("a", "b");
  await flip(store, "a", false);
  await store.db.update(files).set({ used: true, flagRev: 0 });
  await store.db.update(avatarFlags).set({ writtenRev: sql`${avatarFlags.rev} - 1` });
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, folder)).toEqual(await flagsOf(store));
});

test("documents for retrieval have a dictionary of their own, with the same merge", async () => {
  await using store = await openWith("a");
  const documents: FlaggedFolder = { ...scope, kind: "vectorstore_data" };
  for (const name of ["a", "b"]) await storeFile(store, scope, { kind: "vectorstore_data", name });
  await setFlags(store, documents, [{ name: "a", used: false }]);
  await projectFlags(store, documents);
  expect(await dictionaryOf(store, documents)).toEqual([
    ["a", false],
    ["b", true],
  ]);
  await writeForeign(store, documents, '{"b": false, "c": true}');
  await projectFlags(store, documents);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, documents)).toEqual([
    ["a", false],
    ["b", false],
    ["c", true],
  ]);
  expect(await dictionaryOf(store, folder)).toEqual([["a", true]]);
});
