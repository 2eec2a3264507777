import { eq, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { expect, test, vi } from "vitest";
import { createAdapter, deleteAdapter } from "../adapters/index.ts";
import { readEvents } from "../events/index.ts";
import { emptyReport } from "../files/empty-report.ts";
import { setFlags } from "../files/index.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import type { FileReport } from "../tables/files.ts";
import { files, uploads } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { addFile, prepareAvatar, queueRun, testConfig } from "../testing/scenario.ts";
import { listRuns } from "./index.ts";

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

test("a start waits for an upload on its way to its place and for an inspection", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const uploadId = await addCompletingUpload(store, scope);
  const fileId = await addFile(store, scope, { state: "inspecting", report: null });
  let ended = false;
  const starting = queueRun(store, scope).finally(() => {
    ended = true;
  });
  await store.db.update(files).set({ state: "ready" }).where(eq(files.id, fileId));
  // Longer than the start needs where nothing holds it up.
  await queueRun(store, await prepareAvatar(store, { avatarId: "two" }));
  expect(ended).toBe(false);
  await store.db.update(uploads).set({ state: "completed" }).where(eq(uploads.id, uploadId));
  expect((await starting).inputs).toMatchObject([{ fileId }]);
});

test("a start and a change of several flags at once wait for each other and both succeed", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  // The order of ids is not that of names.
  await addFile(store, scope, { id: "1", name: "z.jsonl" });
  await addFile(store, scope, { id: "2", name: "a.jsonl" });
  const waiting = async (count: number) =>
    vi.waitFor(async () => {
      const locked = sql`select count(*)::int as count from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`;
      expect((await store.db.execute(locked)).rows).toEqual([{ count }]);
    }, 20_000);
  const free = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = store.db.transaction(async (tx) => {
    await tx.select().from(files).where(eq(files.id, "1")).for("update");
    held.resolve();
    await free.promise;
  });
  await held.promise;
  const starting = queueRun(store, scope);
  await waiting(1);
  const flags = ["a.jsonl", "z.jsonl"].map((name) => ({ name, used: false }));
  const setting = setFlags(store, scope, flags);
  await waiting(2);
  free.resolve();
  const [run, changed] = await Promise.all([starting, setting, holding]);
  expect(run.inputs).toHaveLength(2);
  expect(changed).toHaveLength(2);
});

test("one idempotency key gives one run, however often and however many at once", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const request = { idempotencyKey: "key", requestHash: "one" };
  const started = await Promise.all(Array.from({ length: 8 }, () => queueRun(store, scope, request)));
  expect(new Set(started.map(({ id }) => id)).size).toBe(1);
  expect((await queueRun(store, scope, request)).id).toBe(started[0]?.id);
  expect((await listRuns(store, scope, { limit: 10 })).runs).toHaveLength(1);
});

test("an idempotency key with another request is refused; another user's key is another key", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const run = await queueRun(store, scope, { idempotencyKey: "key", requestHash: "one" });
  const other = { idempotencyKey: "key", requestHash: "two" };
  await expect(queueRun(store, scope, other)).rejects.toMatchObject({ code: "idempotency_conflict" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  expect((await queueRun(store, bob, other)).id).not.toBe(run.id);
});

test("a start that fails leaves its idempotency key free", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const request = { idempotencyKey: "key", requestHash: "one" };
  await expect(queueRun(store, scope, request)).rejects.toMatchObject({ code: "no_usable_rows" });
  await addFile(store, scope);
  expect((await queueRun(store, scope, request)).status).toBe("queued");
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

const addCompletingUpload = async (store: Store, { userId, avatarId }: AvatarScope): Promise<string> => {
  const id = ulid();
  await store.db.insert(uploads).values({
    id,
    userId,
    avatarId,
    kind: "training_data",
    name: "chats.jsonl",
    size: 100,
    contentType: "application/jsonl",
    sha256: "0",
    state: "completing",
    expiresAt: new Date(),
  });
  return id;
};
