import { afterAll, beforeAll, expect, test } from "vitest";
import type { Inference } from "../inference.ts";
import { countedTokens, registerTestWorker } from "../testing/counting-worker.ts";
import { noInference, openTestApi, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { chatRow, dialogOf, storeTrainingFile } from "../testing/store-training-file.ts";

/** What the worker was asked to count. */
let asked: string[] = [];
const inference: Inference = {
  ...noInference,
  async countTokens({ file, reading }) {
    asked.push(`${file.name} ${reading.speaker}`);
    return countedTokens;
  },
};

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi({ inference });
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const store = (avatarId: string, name: string, body: string, kind?: "evaluation_data") =>
  storeTrainingFile(api.store, { userId: "ada", avatarId }, { name, body, ...(kind && { kind }) });
const chats = `${chatRow("one", "1")}\n${chatRow("two", "2")}`;
const reported = (name: string, baseModel: string) =>
  api.store.pool.query("update files set tokens = $1, tokens_base = $2 where name = $3", [
    { examples: 2, total: 2100, trained: 10, longest: 1050, overLength: 2 },
    baseModel,
    name,
  ]);

test("without a worker there are the tokens that the reports have, else why there are none", async () => {
  const on = { avatarId: "alone" };
  await store(on.avatarId, "waiting.jsonl", chats);
  expect(await caller.trainingData.validate(on)).toMatchObject({
    examples: 2,
    tokens: null,
    unknown: { code: "model_not_loaded", reason: expect.stringContaining("tiny@main/float32/none") },
  });
  await reported("waiting.jsonl", "tiny");
  expect(await caller.trainingData.validate(on)).toMatchObject({
    tokens: {
      baseModel: "tiny",
      total: 2100,
      trained: 10,
      longest: 1050,
      overLength: { rows: 2, maxLength: 1024, handling: "truncate" },
    },
    unknown: null,
  });
});

test("what no report has is counted by a worker: new files, another base, dialogs of another speaker", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "served" };
  await store(on.avatarId, "known.jsonl", chats);
  await store(on.avatarId, "new.jsonl", chats);
  await store(on.avatarId, "other.jsonl", chats);
  await store(on.avatarId, "talk.json", dialogOf(["Ben: Who?", "Ada: I."]));
  await store(on.avatarId, "held.jsonl", chatRow("three", "3"), "evaluation_data");
  await reported("known.jsonl", "tiny");
  await reported("other.jsonl", "another");
  await reported("talk.json", "tiny");
  const { tokens } = await caller.trainingData.validate({ ...on, speaker: "Ada" });
  expect(asked.sort()).toEqual(["new.jsonl Ada", "other.jsonl Ada", "talk.json Ada"]);
  expect(tokens).toMatchObject({ total: 2280, trained: 70, longest: 1050, overLength: { rows: 5 } });
});

test("a split's tokens are those of the rows that stay", async () => {
  await registerTestWorker(api.store);
  const on = { avatarId: "split" };
  const rows = Array.from({ length: 40 }, (_, at) => chatRow(`row ${at}`, "1"));
  await store(on.avatarId, "split.jsonl", rows.join("\n"));
  const whole = await caller.trainingData.validate(on);
  const { tokens } = await caller.trainingData.validate({ ...on, evaluation: { split: 0.5 } });
  expect(tokens?.total).toBeGreaterThan(0);
  expect(tokens?.total).toBeLessThan(whole.tokens?.total ?? 0);
});

test("another method's rows are counted anew, and files too large to count at once are left to the reports", async () => {
  const on = { avatarId: "judged" };
  await store(on.avatarId, "judged.jsonl", chats);
  await registerTestWorker(api.store);
  asked = [];
  expect(await caller.trainingData.validate({ ...on, method: "dpo" })).toMatchObject({
    unusedRows: 2,
    tokens: { total: 60 },
    unknown: null,
  });
  expect(asked).toEqual(["judged.jsonl null"]);
  asked = [];
  await api.store.pool.query("update files set size = 100000000 where avatar_id = 'judged'");
  expect(await caller.trainingData.validate(on)).toMatchObject({
    tokens: null,
    unknown: { code: "too_large" },
  });
  expect(asked).toEqual([]);
});
