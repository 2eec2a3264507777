import { LoraloomError } from "@loraloom/errors";
import { expect, test } from "vitest";
import { files } from "../tables/index.ts";
import { openTestStore, storeFile } from "../testing/index.ts";
import { deleteFile, listFiles, setFlags, summarizeFiles } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const kind = "training_data";

test("flags of many files change at once, the last of two changes counts", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b", "u\u0308"]) await storeFile(store, scope, { name });
  const changed = await setFlags(store, folder, [
    { name: "a", used: true },
    { name: "a", used: false },
    { name: "u\u0308", used: false },
  ]);
  expect(changed).toEqual(["a", "ü"]);
  const unused = await listFiles(store, scope, { kind, filter: "unused", limit: 10 });
  expect(unused.files.map((file) => file.name)).toEqual(["a", "ü"]);
});

test("one missing name changes nothing and is named", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await storeFile(store, { userId: "bob", avatarId: "amy" }, { name: "bobs" });
  await storeFile(store, scope, { name: "held-out", kind: "evaluation_data" });
  const names = ["a", "bobs", "held-out", "nowhere"];
  const error = await setFlags(
    store,
    folder,
    names.map((name) => ({ name, used: false })),
  ).catch((failure) => failure);
  expect(error).toBeInstanceOf(LoraloomError);
  expect(error).toMatchObject({
    code: "file_not_found",
    details: { names: ["bobs", "held-out", "nowhere"] },
  });
  expect(await store.db.select({ used: files.used }).from(files)).toEqual([
    { used: true },
    { used: true },
    { used: true },
  ]);
});

test("no flag and more than 10,000 are refused", async () => {
  await using store = await openTestStore();
  await expect(setFlags(store, folder, [])).rejects.toMatchObject({ code: "bad_input" });
  const many = Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}`, used: true }));
  await expect(setFlags(store, folder, many)).rejects.toMatchObject({ code: "bad_input" });
});

test("10,000 flags are set in one call", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "f0" });
  const [{ id: _, name: __, ...model } = expect.unreachable()] = await store.db.select().from(files);
  const names = Array.from({ length: 10_000 }, (_, index) => `f${index}`);
  for (let start = 1; start < names.length; start += 2000) {
    const rows = names.slice(start, start + 2000).map((name) => ({ ...model, id: name, name }));
    await store.db.insert(files).values(rows);
  }
  await setFlags(
    store,
    folder,
    names.map((name, index) => ({ name, used: index % 2 === 0 })),
  );
  expect((await summarizeFiles(store, scope)).get(kind)).toMatchObject({
    count: 10_000,
    used: 5_000,
    unused: 5_000,
  });
});

test("files are listed page by page in the order of their names' bytes, by flag and prefix", async () => {
  await using store = await openTestStore();
  for (const name of ["b", "a2", "a1", "Ä", "a_1", "a%1", "Z"]) await storeFile(store, scope, { name });
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listFiles(store, scope, { kind, filter: "all", limit: 3, cursor });
    pages.push(page.files.map((file) => file.name));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(pages).toEqual([["Z", "a%1", "a1"], ["a2", "a_1", "b"], ["Ä"]]);
  const withPrefix = await listFiles(store, scope, { kind, filter: "used", prefix: "a_", limit: 10 });
  expect(withPrefix.files.map((file) => file.name)).toEqual(["a_1"]);
  const bad = listFiles(store, scope, { kind, filter: "all", limit: 3, cursor: "%%%" });
  await expect(bad).rejects.toMatchObject({ code: "bad_input" });
});

test("a summary counts per kind, and another avatar's files are not in it", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a", body: "1\n" });
  await storeFile(store, scope, { name: "b", body: "12\n", useForTraining: false });
  await storeFile(store, scope, { name: "e", body: "1\n", kind: "evaluation_data" });
  await storeFile(store, { ...scope, avatarId: "other" }, { name: "x" });
  const ready = { withFaults: 0, inspecting: 0, tokens: null };
  expect(Object.fromEntries(await summarizeFiles(store, scope))).toEqual({
    training_data: { ...ready, count: 2, bytes: 5, used: 1, unused: 1, ready: 2, rows: 2 },
    evaluation_data: { ...ready, count: 1, bytes: 2, used: 1, unused: 0, ready: 1, rows: 1 },
  });
  await deleteFile(store, scope, { kind, name: "b" });
  expect((await summarizeFiles(store, scope)).get(kind)).toMatchObject({ count: 1, unused: 0 });
});
