import { PutObjectCommand } from "@aws-sdk/client-s3";
import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { flagsKey } from "../keys/index.ts";
import { deleteObject, getObject, headObject, putObject, putObjectIf } from "../objects/index.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { avatarFlags, files } from "../tables/index.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, projectFlags, setFlags } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const key = flagsKey(scope);
const flip = (store: Store, name: string, used: boolean) => setFlags(store, scope, [{ name, used }]);
const textOf = async (store: Store) => {
  const object = await getObject(store.objects, { key });
  return object && Buffer.from(await object.bytes()).toString();
};
/** Entries and no object: `__proto__` is a name like any other. */
const dictionaryOf = async (store: Store) => Object.entries(JSON.parse((await textOf(store)) ?? "null"));
const flagsOf = async (store: Store) =>
  (await store.db.select().from(files).orderBy(files.name)).map(({ name, used }) => [name, used]);
/** Flips that no projection follows by itself: a process that ends right after its commit. */
const withoutBackground = (store: Store): Store => ({
  ...store,
  background: { request: () => {}, settled: async () => {} },
});
/** Reads, changes and writes on condition, as a careful tool does. */
const writeAsAnotherTool = async (store: Store, name: string, used: boolean): Promise<void> => {
  for (let written: unknown = "conflict"; written === "conflict"; ) {
    const object = await getObject(store.objects, { key });
    const flags = JSON.parse(Buffer.from((await object?.bytes()) ?? "{}").toString());
    const body = JSON.stringify({ ...flags, [name]: used });
    written = await putObjectIf(store.objects, { key, body }, { ifMatch: object?.etag ?? "" });
  }
};
const writeForeign = (store: Store, body: string) => putObject(store.objects, { key, body });

test("metadata.json is one JSON object of booleans, whatever the names", async () => {
  await using store = await openTestStore();
  for (const name of ["__proto__", "constructor", "10", '"quoted"', "日本"]) {
    await storeFile(store, scope, { name, useForTraining: name !== "__proto__" });
  }
  await projectFlags(store, scope);
  expect((await dictionaryOf(store)).toSorted()).toEqual([
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
  expect(await dictionaryOf(store)).toEqual([["a", false]]);
});

test("no two of our bodies share an ETag, also where the flags are the same again", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  const etags: (string | undefined)[] = [];
  for (const used of [true, false, true, false]) {
    await flip(store, "a", used);
    await projectFlags(store, scope);
    etags.push((await headObject(store.objects, key))?.etag);
  }
  expect(new Set(etags).size).toBe(4);
  expect(await textOf(store)).toMatch(/^\{\n {2}"a": false\n\}\n\t[ \t]*$/);
});

test("a late PUT of an older turn can't win", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await projectFlags(store, scope);
  const before = await headObject(store.objects, key);
  const late = new PutObjectCommand({
    Bucket: store.objects.bucket,
    Key: key,
    Body: '{"a":true}',
    IfMatch: `"${before?.etag}"`,
  });
  await flip(store, "a", false);
  await projectFlags(store, scope);
  await flip(store, "a", true);
  await projectFlags(store, scope);
  await expect(store.objects.client.send(late)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
});

test("what another tool wrote is adopted: changed names, unknown names; absent names stay", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b", "c"]) await storeFile(store, scope, { name });
  await projectFlags(store, scope);
  await writeForeign(store, '{"a": false, "later": false, "text": "ignored", "\\u0000": true}');
  await projectFlags(store, scope);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
  ]);
  expect(await dictionaryOf(store)).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
    ["later", false],
  ]);
  await flip(store, "b", false);
  await projectFlags(store, scope);
  expect(await dictionaryOf(store)).toEqual([
    ["a", false],
    ["b", false],
    ["c", true],
    ["later", false],
  ]);
});

test("a flag changed here since the last write wins over another tool's", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await store.background.settled();
  const unprojected = withoutBackground(store);
  await flip(unprojected, "a", false);
  await flip(unprojected, "a", true);
  await writeForeign(store, '{"a": false, "b": false}');
  await projectFlags(store, scope);
  expect(await flagsOf(store)).toEqual([
    ["a", true],
    ["b", false],
  ]);
  expect(await dictionaryOf(store)).toEqual(await flagsOf(store));
});

test("a name that another tool left as it was written is no change of theirs", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await projectFlags(store, scope);
  await store.background.settled();
  await writeForeign(store, '{"a": true, "b": false}');
  await flip(withoutBackground(store), "a", false);
  await projectFlags(store, scope);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
  ]);
});

test("a crash between adoption and write loses nothing of another tool's", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await store.background.settled();
  await writeForeign(store, '{"a": false}');
  proxy.setFault({
    kind: "lose-answer",
    matches: ({ method, path }) => method === "PUT" && path.includes("metadata.json"),
  });
  await projectFlags(store, scope).catch(() => undefined);
  proxy.setFault();
  await projectFlags(store, scope);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
  ]);
  expect(await dictionaryOf(store)).toEqual([
    ["a", false],
    ["b", true],
  ]);
});

test.each(["not json", "[true]", "", "null", '{"a": fal'])(
  "a body that is no object (%s) changes no flag",
  async (body) => {
    await using store = await openTestStore();
    await storeFile(store, scope, { name: "a", useForTraining: false });
    await store.background.settled();
    await writeForeign(store, body);
    await projectFlags(store, scope);
    expect(await dictionaryOf(store)).toEqual([["a", false]]);
    expect(
      store.logged.some((line) => line.level === "warn" && line.message.includes("not a JSON object")),
    ).toBe(true);
  },
);

test("a read that fails never becomes an empty dictionary", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  await storeFile(store, scope, { name: "a", useForTraining: false });
  await store.background.settled();
  await writeForeign(store, '{"a": true, "other": true}');
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method === "GET" });
  await expect(projectFlags(store, scope)).rejects.toMatchObject({ code: "storage_unavailable" });
  proxy.setFault();
  await projectFlags(store, scope);
  expect(await dictionaryOf(store)).toEqual([
    ["a", true],
    ["other", true],
  ]);
});

test("a name deleted here leaves the dictionary, also one that another tool had named before it came", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await store.background.settled();
  await writeForeign(store, '{"a": true, "b": false}');
  await projectFlags(store, scope);
  await storeFile(store, scope, { name: "b" });
  await deleteFile(store, scope, { kind: "training_data", name: "b" });
  await store.background.settled();
  expect(await dictionaryOf(store)).toEqual([["a", true]]);
});

test("a dictionary that was removed is written again", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await store.background.settled();
  await deleteObject(store.objects, { key });
  await projectFlags(store, scope);
  expect(await dictionaryOf(store)).toEqual([["a", true]]);
});

test("a restored database goes on above the revision that it finds", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  for (const used of [false, true, false]) await flip(store, "a", used);
  await projectFlags(store, scope);
  await store.background.settled();
  await store.db.update(avatarFlags).set({ rev: 1, writtenRev: 1 });
  await flip(store, "a", true);
  await projectFlags(store, scope);
  expect(await dictionaryOf(store)).toEqual([["a", true]]);
});

test("1000 flips at once are a handful of PUTs, and the dictionary equals the table at the end", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
  for (const name of names) await storeFile(store, scope, { name });
  await store.background.settled();
  // Counts the PUTs and lets them pass.
  proxy.setFault({
    kind: "slow",
    delayMs: 0,
    matches: ({ method, path }) => method === "PUT" && path.includes("metadata.json"),
  });
  const flips = Array.from({ length: 1000 }, (_, index) => ({
    name: names[index % 20] ?? "",
    used: (index * 7) % 3 === 0,
  }));
  await Promise.all(flips.map(({ name, used }) => flip(store, name, used)));
  await store.background.settled();
  expect(proxy.hits()).toBeLessThanOrEqual(12);
  expect((await dictionaryOf(store)).toSorted()).toEqual((await flagsOf(store)).toSorted());
});

test("several processes flip and project at once under faults, and the dictionary equals the table", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  await using other = await openStore(store.config, store.log);
  const names = ["a", "b", "c", "d"];
  for (const name of names) await storeFile(store, scope, { name });
  proxy.setFault({
    kind: "lose-answer",
    times: 6,
    matches: ({ method, path }) => method === "PUT" && path.includes("metadata.json"),
  });
  await Promise.all(
    [store, other].flatMap((process, turn) =>
      Array.from({ length: 40 }, (_, index) =>
        flip(process, names[index % 4] ?? "", (index + turn) % 3 === 0),
      ),
    ),
  );
  await Promise.all([store.background.settled(), other.background.settled()]);
  await projectFlags(store, scope);
  expect(await dictionaryOf(store)).toEqual(await flagsOf(store));
});

test("what another tool writes while flags are flipped is merged in", async () => {
  await using store = await openTestStore();
  const names = ["a", "b", "theirs"];
  for (const name of names) await storeFile(store, scope, { name });
  await store.background.settled();
  const flips = Array.from({ length: 60 }, (_, index) => flip(store, index % 2 ? "a" : "b", index % 3 === 0));
  await Promise.all([...flips, writeAsAnotherTool(store, "theirs", false)]);
  for (const name of ["a", "b"]) await flip(store, name, false);
  await store.background.settled();
  await projectFlags(store, scope);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
    ["theirs", false],
  ]);
  expect(await dictionaryOf(store)).toEqual(await flagsOf(store));
});
