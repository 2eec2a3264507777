import { readdir } from "node:fs/promises";
import { type AvatarScope, fileKey } from "@loraloom/store/keys";
import { headObject, putObject } from "@loraloom/store/objects";
import { gatewayMessages } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chatLines, createPersona, startTestRun, testRunConfig, uploadFile } from "./support/persona.ts";
import { readLines, readSample } from "./support/read-lines.ts";
import { endOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

const { line: lineSchema } = gatewayMessages["/count-tokens"];
const reading = testRunConfig();

/** Counts a file of an avatar as it lies there. */
const count = async (scope: AvatarScope, name: string, changes: object = {}, signal?: AbortSignal) => {
  const file = await stored(scope, name);
  const { method, maxLength, overLength, skipInvalidRows } = reading;
  const asked = { method, maxLength, overLength, skipInvalidRows, ...changes };
  return shared.post("/count-tokens", { file, reading: asked }, signal);
};
const stored = async (scope: AvatarScope, name: string) => {
  const key = fileKey(scope, "training_data", name);
  const head = await headObject(shared.store.objects, key);
  return { name, key, etag: head?.etag ?? "gone" };
};
const lastLine = async (answer: Response) =>
  lineSchema.parse((await Array.fromAsync(readLines(answer))).at(-1));

test("a file's tokens are those that a run freezes", async () => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, "counted");
  const counted = await lastLine(await count(scope, "sea.jsonl"));
  const run = await endOf(store, await startTestRun(store, { base: tiny.base, scope }));
  const { examples, tokensTotal, longest } = run.frozen ?? {};
  expect(counted).toMatchObject({ type: "result", rows: 12, examples, total: tokensTotal, longest });
  expect(counted).toMatchObject({ overLength: 0, skippedCount: 0, skipped: [], unusedByMethod: 0 });
  expect(counted.type === "result" && counted.trained).toBeLessThan(tokensTotal ?? 0);
});

test("what happens to rows that are too long is told for the length that is asked", async () => {
  const scope = await createPersona(shared.store, shared.tiny.base, "long");
  const cut = await lastLine(await count(scope, "sea.jsonl", { maxLength: 36, overLength: "truncate" }));
  expect(cut).toMatchObject({ examples: 12, overLength: 12, truncated: 12, dropped: 0, longest: 36 });
  const left = await lastLine(await count(scope, "sea.jsonl", { maxLength: 36, overLength: "drop" }));
  expect(left).toMatchObject({ examples: 0, overLength: 12, dropped: 12, skippedCount: 12 });
  expect(left.type === "result" && left.skipped[0]).toMatchObject({ line: 1, code: "over_length" });
  const raised = await lastLine(await count(scope, "sea.jsonl", { maxLength: 36, overLength: "raise" }));
  expect(raised).toMatchObject({ type: "error", error: { code: "over_length" } });
  const compared = { method: "grpo", maxLength: 36, overLength: "truncate" };
  const whole = await lastLine(await count(scope, "sea.jsonl", compared));
  expect(whole).toMatchObject({ examples: 12, overLength: 0, truncated: 0 });
});

test("a file of many chunks is counted whole; of the rows skipped the first 20 are named", async () => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, "large");
  const content = chatLines(6000, "storm ".repeat(40));
  await uploadFile(store, scope, { name: "large.jsonl", content });
  const counted = await lastLine(await count(scope, "large.jsonl", { maxLength: 300, overLength: "drop" }));
  expect(counted).toMatchObject({ rows: 6000, examples: 0, dropped: 6000, skippedCount: 6000 });
  const lines = counted.type === "result" ? counted.skipped.map(({ line }) => line) : [];
  expect(lines).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
});

test("a file that was changed since is not counted", async () => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, "changed");
  const file = await stored(scope, "sea.jsonl");
  await putObject(store.objects, { key: file.key, body: "{}" });
  const { method, maxLength, overLength, skipInvalidRows } = reading;
  const request = { file, reading: { method, maxLength, overLength, skipInvalidRows } };
  expect(await lastLine(await shared.post("/count-tokens", request))).toMatchObject({
    type: "error",
    error: { code: "dataset_changed", details: { name: "sea.jsonl" } },
  });
});

test("rows with faults are left out only where the run would leave them out", async () => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, "faulty");
  await uploadFile(store, scope, { name: "faulty.jsonl", content: `{}\n${chatLines(3, "sea")}` });
  expect(await lastLine(await count(scope, "faulty.jsonl"))).toMatchObject({
    type: "error",
    error: { code: "invalid_training_file" },
  });
  expect(await lastLine(await count(scope, "faulty.jsonl", { skipInvalidRows: true }))).toMatchObject({
    rows: 3,
    examples: 3,
  });
});

test("chats and a run go on while a large file is counted; whoever hangs up ends it, and no file stays", async () => {
  const { store, tiny, config } = shared;
  const scope = await createPersona(store, tiny.base, "busy");
  await uploadFile(store, scope, { name: "huge.jsonl", content: chatLines(60_000, "wave ".repeat(40)) });
  const run = await startTestRun(store, { base: tiny.base, scope: await small("running"), config: endless });
  await whenRun(store, run, ({ progress }) => progress !== null);
  const hangUp = new AbortController();
  const lines = readLines(await count(scope, "huge.jsonl", {}, hangUp.signal));
  expect((await lines.next()).value).toEqual({ type: "progress" });
  const before = (await whenRun(store, run, () => true)).progress?.step ?? 0;
  const question = { messages: [{ role: "user", content: "sea 3?" }], adapter: null, maxTokens: 24 };
  const chat = await readSample(
    await shared.post("/sample", { ...question, temperature: 0, topP: 1, seed: 1, stop: [] }),
  );
  expect(chat.last).toMatchObject({ type: "done" });
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) > before + 3);
  hangUp.abort();
  await expect(Array.fromAsync(lines)).rejects.toThrow();
  await vi.waitFor(async () => {
    const names = await readdir(config.folder, { recursive: true });
    expect(names.filter((name) => name.includes("request-"))).toEqual([]);
  }, 100_000);
  expect((await whenRun(store, run, () => true)).status).toBe("training");
});

const endless = { epochs: 1000, maxSteps: 100_000 };
const small = (avatarId: string) => createPersona(shared.store, shared.tiny.base, avatarId);
