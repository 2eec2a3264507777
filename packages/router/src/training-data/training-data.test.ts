import { storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { trainingRow } from "../testing/populate.ts";

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const store = (avatarId: string, name: string, kind?: "evaluation_data") =>
  storeFile(api.store, { userId: "ada", avatarId }, { name, body: trainingRow, ...(kind && { kind }) });

test("files are listed by flag, by prefix and page by page", async () => {
  const on = { avatarId: "lists" };
  for (const name of ["a-1", "a-2", "b-1"]) await store(on.avatarId, name);
  await caller.trainingData.setFlag({ ...on, name: "a-2", useForTraining: false });
  const names = async (input: object) =>
    (await caller.trainingData.list({ ...on, ...input })).files.map(({ name }) => name);
  expect(await names({})).toEqual(["a-1", "a-2", "b-1"]);
  expect(await names({ filter: "used" })).toEqual(["a-1", "b-1"]);
  expect(await names({ filter: "unused" })).toEqual(["a-2"]);
  expect(await names({ prefix: "a-" })).toEqual(["a-1", "a-2"]);
  const { nextCursor } = await caller.trainingData.list({ ...on, limit: 2 });
  expect(await names({ limit: 2, cursor: nextCursor })).toEqual(["b-1"]);
  expect(await outcomeOf(() => caller.trainingData.list({ ...on, cursor: "!" }))).toMatchObject({
    code: "bad_input",
  });
});

test("evaluation files stand apart and have no flag", async () => {
  const on = { avatarId: "kinds" };
  await store(on.avatarId, "train.jsonl");
  await store(on.avatarId, "held-out.jsonl", "evaluation_data");
  const { files } = await caller.trainingData.list({ ...on, kind: "evaluation_data" });
  expect(files).toMatchObject([{ name: "held-out.jsonl", kind: "evaluation_data", useForTraining: null }]);
  const flag = () => caller.trainingData.setFlag({ ...on, name: "held-out.jsonl", useForTraining: true });
  expect(await outcomeOf(flag)).toMatchObject({ code: "file_not_found" });
  const counts = { files: 1, bytes: trainingRow.length, withFaults: 0, rows: 1, tokens: null };
  const states = { inspecting: 0, ready: 1 };
  expect(await caller.trainingData.summary(on)).toEqual({
    trainingData: { ...counts, states, used: 1, unused: 0 },
    evaluationData: { ...counts, states, used: null, unused: null },
  });
});

test("a deleted file is gone at once, and only that one", async () => {
  const on = { avatarId: "deletions" };
  await store(on.avatarId, "one");
  await store(on.avatarId, "two");
  expect(await caller.trainingData.delete({ ...on, name: "one" })).toEqual({ name: "one" });
  const { files } = await caller.trainingData.list(on);
  expect(files.map(({ name }) => name)).toEqual(["two"]);
  const again = () => caller.trainingData.delete({ ...on, name: "one" });
  expect(await outcomeOf(again)).toMatchObject({ code: "file_not_found" });
});

test("many flags are set at once; what is not flagged is listed, then deleted", async () => {
  const on = { avatarId: "bulk" };
  for (const name of ["a", "b", "c"]) await store(on.avatarId, name);
  const flags = ["a", "b"].map((name) => ({ name, useForTraining: false }));
  expect(await caller.trainingData.setFlags({ ...on, flags })).toEqual({ changed: 2, names: ["a", "b"] });
  expect(await caller.trainingData.setFlags({ ...on, flags })).toEqual({ changed: 0, names: [] });
  const unflagged = { names: ["a", "b"], count: 2, bytes: 2 * trainingRow.length };
  const dryRun = await caller.trainingData.deleteUnflagged({ ...on, dryRun: true });
  expect(dryRun).toEqual({ ...unflagged, dryRun: true });
  expect(await caller.trainingData.deleteUnflagged(on)).toEqual({ ...unflagged, dryRun: false });
  expect((await caller.trainingData.list(on)).files.map(({ name }) => name)).toEqual(["c"]);
  const late = () => caller.trainingData.setFlag({ ...on, name: "a", useForTraining: true });
  expect(await outcomeOf(late)).toMatchObject({ code: "file_not_found" });
});

test("training data is made of an original, of the avatar or of its user", async () => {
  const on = { avatarId: "copies" };
  const avatar = { userId: "ada", ...on };
  await storeFile(api.store, avatar, { kind: "media/original/text", name: "talk.jsonl", body: trainingRow });
  await storeFile(
    api.store,
    { ...avatar, avatarId: null },
    { kind: "vectorstore", name: "v.jsonl", body: trainingRow },
  );
  const copied = { kind: "training_data", report: { usableRows: 1 }, useForTraining: true };
  const talk = { ...on, folder: "media/original/text", name: "talk.jsonl" };
  expect(await caller.trainingData.copyFrom(talk)).toMatchObject({ ...copied, name: "talk.jsonl" });
  const named = { ...on, folder: "vectorstore", name: "v.jsonl", as: "mine.jsonl" };
  expect(await caller.trainingData.copyFrom(named)).toMatchObject({ ...copied, name: "mine.jsonl" });
  const heldOut = () => caller.trainingData.copyFrom({ ...on, folder: "evaluation_data", name: "x" });
  expect(await outcomeOf(heldOut)).toMatchObject({ code: "bad_folder" });
});
