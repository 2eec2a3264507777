import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { flagsKey } from "../keys/index.ts";
import { deleteObject, headObject, probe } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { avatarFlags } from "../tables/index.ts";
import {
  dictionaryOf,
  dictionaryText,
  ignoreConditions,
  withoutBackground,
  writeForeign,
} from "../testing/flags.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, projectFlags, setFlags } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const key = flagsKey(folder);
const flip = (store: Store, name: string, used: boolean) => setFlags(store, folder, [{ name, used }]);

test("metadata.json is one JSON object of booleans, whatever the names", async () => {
  await using store = await openTestStore();
  for (const name of ["__proto__", "constructor", "10", '"quoted"', "日本"]) {
    await storeFile(store, scope, { name, useForTraining: name !== "__proto__" });
  }
  await projectFlags(store, folder);
  expect((await dictionaryOf(store, scope)).toSorted()).toEqual([
    ['"quoted"', true],
    ["10", true],
    ["__proto__", false],
    ["constructor", true],
    ["日本", true],
  ]);
});

test("the dictionary follows uploads, flips and deletions by itself", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await storeFile(store, scope, { name: "b" });
  await storeFile(store, scope, { name: "held-out", kind: "evaluation_data" });
  await flip(store, "a", false);
  await deleteFile(store, scope, { kind: "training_data", name: "b" });
  await store.background.settled();
  expect(await dictionaryOf(store, scope)).toEqual([["a", false]]);
});

test("no two of our bodies share an ETag, also where the flags are the same again", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  const etags: (string | undefined)[] = [];
  for (const used of [true, false, true, false]) {
    await flip(store, "a", used);
    await projectFlags(store, folder);
    etags.push((await headObject(store.objects, key))?.etag);
  }
  expect(new Set(etags).size).toBe(4);
  expect(await dictionaryText(store, scope)).toMatch(/^\{\n {2}"a": false\n\}\n[ \t]{32}\n\t[ \t]*$/);
});

test("what we wrote last is written over without reading it, and another tool's change in between is not lost", async () => {
  const requests: string[] = [];
  await using store = await openTestStore({
    onObjectRequest: ({ operation, outcome }) => requests.push(`${operation} ${outcome}`),
  });
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await projectFlags(store, folder);
  await store.background.settled();
  const quiet = withoutBackground(store);
  await flip(quiet, "a", false);
  requests.length = 0;
  await projectFlags(store, folder);
  expect(requests).toEqual(["PutObject ok"]);
  expect(await dictionaryOf(store, scope)).toEqual([
    ["a", false],
    ["b", true],
  ]);
  await writeForeign(store, scope, '{"b": false}');
  await flip(quiet, "a", true);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([
    ["a", true],
    ["b", false],
  ]);
});

test("on a store that takes a PUT whatever it demands another tool's change is read before it is written over", async () => {
  await using store = await openTestStore();
  ignoreConditions(store);
  expect(await probe(store)).toEqual(["does not refuse a stale If-Match"]);
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await projectFlags(store, folder);
  await store.background.settled();
  await writeForeign(store, scope, '{"b": false}');
  await flip(withoutBackground(store), "a", false);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([
    ["a", false],
    ["b", false],
  ]);
});

test("a late PUT of an older turn can't win", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await projectFlags(store, folder);
  const before = await headObject(store.objects, key);
  const late = new PutObjectCommand({
    Bucket: store.objects.bucket,
    Key: key,
    Body: '{"a":true}',
    IfMatch: `"${before?.etag}"`,
  });
  await flip(store, "a", false);
  await projectFlags(store, folder);
  await flip(store, "a", true);
  await projectFlags(store, folder);
  await expect(store.objects.client.send(late)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
});

test("a dictionary that was removed is written again", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await store.background.settled();
  await deleteObject(store.objects, { key });
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([["a", true]]);
});

test("a restored database goes on above the revision that it finds", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  for (const used of [false, true, false]) await flip(store, "a", used);
  await projectFlags(store, folder);
  await store.background.settled();
  await store.db.update(avatarFlags).set({ rev: 1, writtenRev: 1 });
  await flip(store, "a", true);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([["a", true]]);
});
