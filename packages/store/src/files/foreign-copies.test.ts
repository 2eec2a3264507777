/** What another tool brings back that it read earlier. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type FlaggedFolder, flagsKey } from "../keys/index.ts";
import { getObject, headObject, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { dictionaryOf, dictionaryText, flagsOf, writeForeign } from "../testing/flags.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, projectFlags, setFlags } from "./index.ts";

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

test("a dictionary of another avatar is not taken for one of ours that is newer", async () => {
  await using store = await openWith("a");
  const other: FlaggedFolder = { ...folder, avatarId: "bob" };
  await storeFile(store, other, { name: "a", useForTraining: false });
  for (const used of [true, false]) await setFlags(store, other, [{ name: "a", used }]);
  await projectFlags(store, other);
  await writeForeign(store, scope, (await dictionaryText(store, other)) ?? "");
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([["a", true]]);
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
