import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { createAdapter } from "../adapters/index.ts";
import { type FlaggedFolder, fileKey } from "../keys/index.ts";
import { headObject, listObjects, putObject } from "../objects/index.ts";
import { recordFrozen } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { dictionaryOf, withoutBackground } from "../testing/flags.ts";
import { inspectLines, openTestStore, storeFile } from "../testing/index.ts";
import { claimNextRun, queueRun } from "../testing/scenario.ts";
import { markUnflagged } from "./delete-unflagged.ts";
import { deleteFiles, deleteUnflagged, listFiles, projectFlags, setFlags } from "./index.ts";
import { inspectStoredFile } from "./inspection.ts";
import { removeDeletedFile, removeDeletedFiles } from "./remove-deleted.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder: FlaggedFolder = { ...scope, kind: "training_data" };
const keyOf = (name: string) => fileKey(scope, "training_data", name);
const namesOf = async (store: Store) =>
  (await listFiles(store, scope, { kind: "training_data", filter: "all", limit: 100 })).files.map(
    ({ name }) => name,
  );
const objectsOf = (store: Store) =>
  Array.fromAsync(listObjects(store.objects, keyOf("")), ({ key }) => key.slice(keyOf("").length));
const openWith = async (flags: Record<string, boolean>) => {
  const store = await openTestStore();
  for (const [name, useForTraining] of Object.entries(flags)) {
    await storeFile(store, scope, { name, useForTraining });
  }
  await store.background.settled();
  return store;
};

test("what is not flagged goes: rows, objects, flags; evaluation data and flagged files stay", async () => {
  await using store = await openWith({ a: true, b: false, c: false });
  await storeFile(store, scope, { name: "held-out", kind: "evaluation_data" });
  const dry = await deleteUnflagged(store, folder, { dryRun: true });
  expect(dry).toEqual({ names: ["b", "c"], count: 2, bytes: 4 });
  expect(await namesOf(store)).toEqual(["a", "b", "c"]);
  expect(await deleteUnflagged(store, folder, { dryRun: false })).toEqual(dry);
  expect(await namesOf(store)).toEqual(["a"]);
  await store.background.settled();
  expect(await objectsOf(store)).toEqual(["a"]);
  expect(await dictionaryOf(store, folder)).toEqual([["a", true]]);
  expect(await store.db.$count(files)).toBe(2);
});

test("a name stays false in the dictionary until its object is gone", async () => {
  await using store = await openWith({ a: true, b: false });
  const [marked] = await markUnflagged(store, folder);
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, folder)).toEqual([
    ["a", true],
    ["b", false],
  ]);
  await removeDeletedFile(store, marked?.id ?? "");
  await projectFlags(store, folder);
  expect(await dictionaryOf(store, folder)).toEqual([["a", true]]);
});

test("a flag set before the deletion saves its file, one set after it finds none", async () => {
  await using store = await openWith({ a: false, b: false });
  await setFlags(store, folder, [{ name: "a", used: true }]);
  await deleteUnflagged(withoutBackground(store), folder, { dryRun: false });
  const late = setFlags(store, folder, [{ name: "b", used: true }]);
  await expect(late).rejects.toMatchObject({ code: "file_not_found", details: { names: ["b"] } });
  await removeDeletedFiles(store, folder);
  expect(await objectsOf(store)).toEqual(["a"]);
});

test("an upload of the name takes the file over, and the job leaves it", async () => {
  await using store = await openWith({ a: false });
  const [marked] = await markUnflagged(store, folder);
  await storeFile(store, scope, { name: "a", body: "new\n" });
  await removeDeletedFile(store, marked?.id ?? "");
  expect(await headObject(store.objects, keyOf("a"))).toMatchObject({ size: 4 });
  expect(await store.db.select().from(files)).toMatchObject([{ used: true, state: "ready", deletion: null }]);
});

test("bytes that another tool put meanwhile stay, as a file that is not flagged and inspected anew", async () => {
  await using store = await openWith({ a: false });
  const [marked] = await markUnflagged(store, folder);
  await putObject(store.objects, { key: keyOf("a"), body: "1\n2\n3\n" });
  await removeDeletedFile(store, marked?.id ?? "");
  const [file] = await store.db.select().from(files);
  expect(file).toMatchObject({ used: false, state: "inspecting", size: 6, sha256: null, deletion: null });
  await inspectStoredFile(store, file?.id ?? "", inspectLines);
  expect(await store.db.select().from(files)).toMatchObject([{ state: "ready", report: { rows: 3 } }]);
});

test("the object of a file that a run has yet to read waits for it", async () => {
  await using store = await openWith({ a: true, b: true });
  await createAdapter(store, scope, { baseModel: "tiny" });
  await queueRun(store, scope);
  await setFlags(store, folder, [{ name: "b", used: false }]);
  await deleteUnflagged(store, folder, { dryRun: false });
  await store.background.settled();
  expect(await namesOf(store)).toEqual(["a"]);
  expect(await objectsOf(store)).toEqual(["a", "b"]);
  const run = await claimNextRun(store);
  await removeDeletedFiles(store, folder);
  expect(await objectsOf(store)).toEqual(["a", "b"]);
  await recordFrozen(store, run, frozenRows);
  await removeDeletedFiles(store, folder);
  expect(await objectsOf(store)).toEqual(["a"]);
  expect(await store.db.$count(files, eq(files.state, "deleting"))).toBe(0);
});

const frozenRows = {
  datasetKey: "dataset",
  datasetSha256: "0",
  rowsKey: "rows",
  rowsSha256: "0",
  evaluationKey: null,
  evaluationSha256: null,
  examples: 1,
  evaluationExamples: 0,
  tokensTotal: 1,
  longest: 1,
  epochs: 1,
  templateVariables: {},
};

test("many files are deleted by name, all or none", async () => {
  await using store = await openWith({ a: true, b: false, c: true });
  const missing = deleteFiles(store, folder, ["a", "nowhere"]);
  await expect(missing).rejects.toMatchObject({ code: "file_not_found", details: { names: ["nowhere"] } });
  expect(await namesOf(store)).toEqual(["a", "b", "c"]);
  expect(await deleteFiles(store, folder, ["a", "b", "a"])).toEqual(["a", "b"]);
  await store.background.settled();
  expect(await objectsOf(store)).toEqual(["c"]);
  await expect(deleteFiles(store, folder, [])).rejects.toMatchObject({ code: "bad_input" });
});
