import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import type { Store } from "../store.ts";
import { dictionaryOf, flagsOf, withoutBackground, writeForeign } from "../testing/flags.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, projectFlags, setFlags } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const flip = (store: Store, name: string, used: boolean) => setFlags(store, folder, [{ name, used }]);

test("what another tool wrote is adopted: changed names, unknown names; absent names stay", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b", "c"]) await storeFile(store, scope, { name });
  await projectFlags(store, folder);
  await writeForeign(store, scope, '{"a": false, "later": false, "text": "ignored", "\\u0000": true}');
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
    ["later", false],
  ]);
  await flip(store, "b", false);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([
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
  await writeForeign(store, scope, '{"a": false, "b": false}');
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", true],
    ["b", false],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});

test("a name that another tool left as it was written is no change of theirs", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await projectFlags(store, folder);
  await store.background.settled();
  await writeForeign(store, scope, '{"a": true, "b": false}');
  await flip(withoutBackground(store), "a", false);
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
  ]);
});

test("what another tool writes between our read and our write is merged in, not written over", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await projectFlags(store, folder);
  await store.background.settled();
  await flip(withoutBackground(store), "a", false);
  const ours = ({ method, path }: { method: string; path: string }) =>
    method === "PUT" && path.includes("metadata.json");
  proxy.setFault({ kind: "hold", times: 1, matches: ours });
  const projecting = projectFlags(store, folder);
  await vi.waitFor(() => expect(proxy.hits()).toBe(1), { timeout: 100_000, interval: 5 });
  await writeForeign(store, scope, '{"a": true, "b": false}');
  proxy.setFault();
  await projecting;
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", false],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual(await flagsOf(store));
});

test("a crash between adoption and write loses nothing of another tool's", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const name of ["a", "b"]) await storeFile(store, scope, { name });
  await store.background.settled();
  await writeForeign(store, scope, '{"a": false}');
  proxy.setFault({
    kind: "lose-answer",
    matches: ({ method, path }) => method === "PUT" && path.includes("metadata.json"),
  });
  await projectFlags(store, folder).catch(() => undefined);
  proxy.setFault();
  await projectFlags(store, folder);
  expect(await flagsOf(store)).toEqual([
    ["a", false],
    ["b", true],
  ]);
  expect(await dictionaryOf(store, scope)).toEqual([
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
    await writeForeign(store, scope, body);
    await projectFlags(store, folder);
    expect(await dictionaryOf(store, scope)).toEqual([["a", false]]);
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
  await writeForeign(store, scope, '{"a": true, "other": true}');
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method === "GET" });
  await expect(projectFlags(store, folder)).rejects.toMatchObject({ code: "storage_unavailable" });
  proxy.setFault();
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, scope)).toEqual([
    ["a", true],
    ["other", true],
  ]);
});

test("a name deleted here leaves the dictionary, also one that another tool had named before it came", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await store.background.settled();
  await writeForeign(store, scope, '{"a": true, "b": false}');
  await projectFlags(store, folder);
  await storeFile(store, scope, { name: "b" });
  await deleteFile(store, scope, { kind: "training_data", name: "b" });
  await store.background.settled();
  expect(await dictionaryOf(store, scope)).toEqual([["a", true]]);
});
