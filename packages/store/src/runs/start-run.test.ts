import { expect, test } from "vitest";
import { createAdapter, deleteAdapter } from "../adapters/index.ts";
import { readEvents } from "../events/index.ts";
import { emptyReport } from "../files/empty-report.ts";
import type { FileReport } from "../tables/files.ts";
import { openTestStore } from "../testing/index.ts";
import { addFile, prepareAvatar, queueRun, testConfig } from "../testing/scenario.ts";
import { listRuns, previewInputs } from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };
const faulty: FileReport = {
  ...emptyReport,
  format: "chat",
  rows: 2,
  usableRows: 1,
  faultCount: 1,
  faults: [{ name: "bad.jsonl", line: 2, path: null, code: "invalid_json", message: "Line 2 is not JSON." }],
};
const withFiles = testConfig({ evaluation: { kind: "files" } });

test("a run records the flagged training files and the evaluation files as they are now", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const used = await addFile(store, scope, { name: "used.jsonl" });
  await addFile(store, scope, { name: "unused.jsonl", used: false });
  await addFile(store, scope, { name: "going.jsonl", state: "deleting" });
  const heldOut = await addFile(store, scope, { kind: "evaluation_data" });
  await addFile(store, { ...scope, avatarId: "two" }, { name: "foreign.jsonl" });

  const run = await queueRun(store, scope, { config: withFiles, templateVariables: { date: "today" } });
  expect(run).toMatchObject({
    status: "queued",
    attempt: 0,
    generation: 1,
    templateVariables: { date: "today" },
  });
  expect(run.inputs).toMatchObject([
    { fileId: used, name: "used.jsonl", etag: `etag-${used}`, role: "train" },
    { fileId: heldOut, role: "evaluation" },
  ]);
  expect(await readEvents(store, run.id, { after: 0, limit: 10 })).toMatchObject([
    { seq: 1, type: "run-queued", attempt: 0 },
  ]);
  const withoutEvaluation = await queueRun(store, scope);
  expect(withoutEvaluation.inputs.map(({ fileId }) => fileId)).toEqual([used]);
});

test("no adapter or a deleted one starts no run", async () => {
  await using store = await openTestStore();
  await addFile(store, scope);
  await expect(queueRun(store, scope)).rejects.toMatchObject({ code: "adapter_not_found" });
  await createAdapter(store, scope, { baseModel: "tiny" });
  await deleteAdapter(store, scope);
  await expect(queueRun(store, scope)).rejects.toMatchObject({ code: "adapter_not_found" });
});

test("a file with faults is named with its line, unless bad rows are to be skipped", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  await addFile(store, scope, { name: "bad.jsonl", report: faulty });
  await expect(queueRun(store, scope)).rejects.toMatchObject({
    code: "invalid_training_file",
    message: "Faults in 'bad.jsonl'; the first in 'bad.jsonl' line 2: Line 2 is not JSON.",
    details: { faults: faulty.faults },
  });
  const run = await queueRun(store, scope, { config: testConfig({ skipInvalidRows: true }) });
  expect(run.inputs).toHaveLength(2);
});

test("nothing to learn from, or nothing to evaluate by, starts no run", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  await expect(queueRun(store, scope)).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope, { name: "empty.jsonl", report: { ...faulty, usableRows: 0, faultCount: 0 } });
  await expect(queueRun(store, scope)).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope);
  await expect(queueRun(store, scope, { config: withFiles })).rejects.toMatchObject({
    code: "no_usable_rows",
  });
});

test("files without a row for the method start no run, and the error says what it learns from", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const kinds = { messages: 1, text: 0, preference: 0, labelled: 0 };
  const report = (changes: Partial<typeof kinds>) => ({
    ...emptyReport,
    rows: 1,
    usableRows: 1,
    rowKinds: { ...kinds, ...changes },
  });
  const queue = (method: "dpo" | "kto" | "grpo") =>
    queueRun(store, scope, { config: testConfig({ method }) });
  await addFile(store, scope, { name: "text.txt", report: report({ messages: 0, text: 1 }) });
  await expect(queue("grpo")).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope, { name: "plain.jsonl", report: report({}) });
  expect((await queue("grpo")).status).toBe("queued");
  await addFile(store, scope, { name: "pairs.jsonl", report: report({ preference: 1 }), used: false });
  await expect(queue("dpo")).rejects.toMatchObject({
    code: "no_usable_rows",
    message: expect.stringContaining("'dpo' learns from pairs of answers"),
  });
  await expect(queue("kto")).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope, { name: "marked.jsonl", report: report({ labelled: 1 }) });
  expect((await queue("kto")).status).toBe("queued");
  await expect(queue("dpo")).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope, { name: "more-pairs.jsonl", report: report({ preference: 1 }) });
  expect((await queue("dpo")).status).toBe("queued");
});

test("runs are listed page by page, the newest first", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const started: string[] = [];
  for (let count = 0; count < 5; count += 1) started.push((await queueRun(store, scope)).id);
  await queueRun(store, await prepareAvatar(store, { avatarId: "two" }));
  const listed: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await listRuns(store, scope, { limit: 2, cursor });
    listed.push(...page.runs.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(listed).toEqual(started.sort().reverse());
});

test("dialogs are read for the run's speaker, or for the one that each names itself", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const speakers = ["Ada", "Ben"].map((name) => ({ name, turns: 2, replies: 2, dialogs: 1 }));
  const dialog: FileReport = {
    ...emptyReport,
    format: "dialog",
    rows: 4,
    usableRows: 4,
    speakers,
    dialogs: 1,
  };
  await addFile(store, scope, { name: "talk.json", report: { ...dialog, unassignedDialogs: 1 } });
  const start = (speaker?: string) => queueRun(store, scope, { config: testConfig({ speaker }) });
  await expect(start()).rejects.toMatchObject({ code: "speaker_not_found" });
  await expect(start("Cy")).rejects.toMatchObject({
    code: "speaker_not_found",
    details: { files: [{ name: "talk.json", speakers: ["Ada", "Ben"] }] },
  });
  expect((await start("Ada")).config.speaker).toBe("Ada");
});

test("a preview selects and refuses what a start would", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const allowed = await previewInputs(store, scope, testConfig());
  expect(allowed).toMatchObject({ files: [{ name: "chats.jsonl" }], refusal: undefined });
  await addFile(store, scope, { name: "bad.jsonl", report: faulty });
  const { files, refusal } = await previewInputs(store, scope, testConfig());
  expect(files).toHaveLength(2);
  await expect(queueRun(store, scope)).rejects.toEqual(refusal);
});
