import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { chatRow, dialogOf, storeTrainingFile } from "../testing/store-training-file.ts";

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

type Stored = { kind?: "evaluation_data"; useForTraining?: boolean };
const store = (avatarId: string, name: string, rows: string[], options: Stored = {}) =>
  storeTrainingFile(api.store, { userId: "ada", avatarId }, { name, body: rows.join("\n"), ...options });
const placesOf = (faults: { name: string; line: number | null; path: string | null; code: string }[]) =>
  faults.map(({ name, line, path, code }) => [name, line, path, code]);

test("every fault of every file is named with its line and its path", async () => {
  const on = { avatarId: "faults" };
  await store(on.avatarId, "a.jsonl", [chatRow("one", "1"), "{oops", '{"messages":[]}']);
  await store(on.avatarId, "b.jsonl", [
    chatRow("two", "2"),
    '{"messages":[{"role":"wizard","content":"x"}]}',
  ]);
  const found = await caller.trainingData.validate(on);
  expect(found).toMatchObject({ files: 2, rows: 5, usableRows: 2, examples: 2, faultCount: 3 });
  expect(placesOf(found.faults)).toEqual([
    ["a.jsonl", 2, null, "invalid_json"],
    ["a.jsonl", 3, "messages", "empty_messages"],
    ["b.jsonl", 2, "messages[0].role", "unrecognized_role"],
  ]);
});

test("rows are compared within a file, across files and with the evaluation data", async () => {
  const on = { avatarId: "compared" };
  const [one, two, three] = [chatRow("one", "1"), chatRow("two", "2"), chatRow("three", "3")];
  await store(on.avatarId, "a.jsonl", [one, two, one]);
  await store(on.avatarId, "b.jsonl", [two, three]);
  await store(on.avatarId, "held-out.jsonl", [three, chatRow("four", "4")], { kind: "evaluation_data" });
  const found = await caller.trainingData.validate(on);
  expect(found).toMatchObject({
    files: 2,
    examples: 5,
    duplicates: { withinFiles: 1, acrossFiles: 1 },
    evaluation: { files: 1, examples: 2, overlap: 1 },
    warningCount: 3,
  });
  expect(placesOf(found.warnings)).toEqual([
    ["a.jsonl", 3, null, "duplicate_row"],
    ["b.jsonl", 1, null, "duplicate_row"],
    ["b.jsonl", 2, null, "evaluation_overlap"],
  ]);
  const alone = await caller.trainingData.validate({ ...on, evaluation: "none" });
  expect(alone.evaluation).toEqual({ files: 0, examples: 0, overlap: 0 });
  const split = await caller.trainingData.validate({ ...on, evaluation: { split: 0.5, seed: 3 } });
  expect(split.examples + split.evaluation.examples).toBe(5);
});

test("what a method has no use for is counted, and named once a file", async () => {
  const on = { avatarId: "methods" };
  const pair = JSON.stringify({ prompt: "Who?", chosen: "Ada.", rejected: "An AI." });
  await store(on.avatarId, "pairs.jsonl", [pair]);
  await store(on.avatarId, "chats.jsonl", [chatRow("one", "1"), chatRow("two", "2")]);
  const counts = async (method: "sft" | "dpo" | "kto") => {
    const { examples, unusedRows } = await caller.trainingData.validate({ ...on, method });
    return { examples, unusedRows };
  };
  expect(await counts("sft")).toEqual({ examples: 3, unusedRows: 0 });
  expect(await counts("kto")).toEqual({ examples: 2, unusedRows: 2 });
  const { warnings } = await caller.trainingData.validate({ ...on, method: "dpo" });
  expect(placesOf(warnings)).toEqual([["chats.jsonl", 1, null, "row_unused_by_method"]]);
  expect(warnings[0]?.message).toContain("2 rows");
});

test("dialogs need a speaker, and are read for the one that is named", async () => {
  const on = { avatarId: "dialogs" };
  await store(on.avatarId, "talk.json", [dialogOf(["Ben: Who?", "Ada: I.", "Ben: Where?", "Ada: Here."])]);
  const unnamed = await caller.trainingData.validate(on);
  expect(placesOf(unnamed.faults)).toEqual([["talk.json", null, null, "speaker_not_found"]]);
  expect(unnamed.faults[0]?.message).toContain("'Ben', 'Ada'");
  expect(unnamed.speakers).toEqual([
    { name: "Ben", turns: 2, replies: 2, dialogs: 1 },
    { name: "Ada", turns: 2, replies: 2, dialogs: 1 },
  ]);
  const named = await caller.trainingData.validate({ ...on, speaker: " Ada " });
  expect(named).toMatchObject({ examples: 2, faultCount: 0 });
  const stranger = await caller.trainingData.validate({ ...on, speaker: "Cy" });
  expect(placesOf(stranger.faults)).toEqual([["talk.json", 1, null, "speaker_not_found"]]);
});

test("files are chosen by their flag or by name", async () => {
  const on = { avatarId: "chosen" };
  await store(on.avatarId, "on.jsonl", [chatRow("one", "1")]);
  await store(on.avatarId, "off.jsonl", ["{oops"], { useForTraining: false });
  const names = async (input: object) => {
    const { byFile } = await caller.trainingData.validate({ ...on, ...input });
    return byFile.first.map(({ name }) => name);
  };
  expect(await names({})).toEqual(["on.jsonl"]);
  expect(await names({ filter: "all" })).toEqual(["off.jsonl", "on.jsonl"]);
  expect(await names({ names: ["off.jsonl"] })).toEqual(["off.jsonl"]);
  const both = () => caller.trainingData.validate({ ...on, names: ["on.jsonl"], filter: "all" });
  expect(await outcomeOf(both)).toMatchObject({ code: "bad_input" });
  const absent = () => caller.trainingData.validate({ ...on, names: ["no.jsonl"] });
  expect(await outcomeOf(absent)).toMatchObject({ code: "file_not_found" });
});

test("more than can be read at once is refused with the amounts", async () => {
  const on = { avatarId: "large" };
  await store(on.avatarId, "large.jsonl", [chatRow("one", "1")]);
  await api.store.pool.query("update files set size = 3000000000 where avatar_id = 'large'");
  expect(await outcomeOf(() => caller.trainingData.validate(on))).toMatchObject({
    code: "too_large",
    message: expect.stringContaining("2.8 GiB"),
  });
});

test("a file whose object another tool changed has that as its fault", async () => {
  const on = { avatarId: "changed" };
  await store(on.avatarId, "a.jsonl", [chatRow("one", "1")]);
  await api.store.pool.query("update files set etag = 'another' where avatar_id = 'changed'");
  const { faults } = await caller.trainingData.validate(on);
  expect(placesOf(faults)).toEqual([["a.jsonl", null, null, "dataset_changed"]]);
});

test("a name that no database can look for is a bad input", async () => {
  const asked = outcomeOf(() => caller.trainingData.validate({ avatarId: "faults", names: ["\0"] }));
  expect(await asked).toMatchObject({ code: "bad_input" });
});
