import { LoraloomError } from "@loraloom/errors";
import { eq } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { createAdapter, deleteAdapter } from "../adapters/index.ts";
import { startSideJobs } from "../side-jobs/index.ts";
import type { Store } from "../store.ts";
import { files, type TokenCounts } from "../tables/index.ts";
import { inspectLines, openTestStore, storeFile } from "../testing/index.ts";
import { addFile, prepareAvatar, testEngineKey } from "../testing/scenario.ts";
import { heartbeatWorker, registerWorker } from "../workers/index.ts";
import { type CountTokens, countFileTokens, findUncountedFiles } from "./count-tokens.ts";
import { emptyReport } from "./empty-report.ts";

const scope = { userId: "ada", avatarId: "one" };
const tokens: TokenCounts = { examples: 3, total: 90, trained: 40, longest: 30, overLength: 2 };
const countAll: CountTokens = async () => tokens;
const defaultBase = "tiny";
const counter = { count: countAll, defaultBase };
const waiting = { defaultBase, limit: 10 };
const worker = {
  id: "w1",
  url: "http://127.0.0.1:4000",
  engineKey: testEngineKey,
  roles: ["train" as const],
  state: "ready" as const,
  slots: 1,
};

const fileOf = async (store: Store, id: string) => {
  const [file] = await store.db.select().from(files).where(eq(files.id, id));
  return file;
};

test("tokens are counted once a worker holds the adapter's base", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const { id } = await storeFile(store, scope, { name: "a" });
  await using _jobs = await startSideJobs(store, { inspect: inspectLines, tokenCounter: counter });
  await registerWorker(store, { ...worker, engineKey: "other@main/float32/none" });
  expect(await findUncountedFiles(store, waiting)).toEqual([]);
  await registerWorker(store, { ...worker, id: "w2", state: "starting" });
  expect(await findUncountedFiles(store, waiting)).toEqual([]);
  await heartbeatWorker(store, "w2", { state: "ready" });
  const allAreCounted = async () => expect(await findUncountedFiles(store, waiting)).toEqual([]);
  await vi.waitFor(allAreCounted, 100_000);
  expect(await fileOf(store, id)).toMatchObject({ tokens, tokensBase: "tiny" });
});

test("counts of bytes that were replaced meanwhile are not kept", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  await registerWorker(store, worker);
  const id = await addFile(store, scope, { name: "b" });
  const count = async () => {
    await store.db.update(files).set({ etag: "replaced" }).where(eq(files.id, id));
    return tokens;
  };
  await countFileTokens(store, id, { count, defaultBase });
  expect(await fileOf(store, id)).toMatchObject({ tokens: null, tokensBase: null });
});

test("a failure that may pass is left for later, one that stays is not tried for ever", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  await registerWorker(store, worker);
  const id = await addFile(store, scope, { name: "b" });
  const failing = (code: "worker_unreachable" | "dataset_changed") => ({
    defaultBase,
    count: async () => {
      throw new LoraloomError(code, "In this test.");
    },
  });
  await expect(countFileTokens(store, id, failing("worker_unreachable"))).rejects.toThrow("In this test.");
  expect(await fileOf(store, id)).toMatchObject({ tokens: null, tokensBase: null });
  await countFileTokens(store, id, failing("dataset_changed"));
  expect(await fileOf(store, id)).toMatchObject({ tokens: null, tokensBase: "tiny" });
});

test("no worker is asked about a dialog that nobody is chosen for", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  await registerWorker(store, worker);
  const report = { ...emptyReport, rows: 2, usableRows: 2, dialogs: 1, unassignedDialogs: 1 };
  const id = await addFile(store, scope, { name: "talk", report });
  const count = vi.fn(countAll);
  await countFileTokens(store, id, { count, defaultBase });
  expect(count).not.toHaveBeenCalled();
  expect(await fileOf(store, id)).toMatchObject({ tokens: null, tokensBase: "tiny" });
});

test("before there is an adapter files are counted by the base that it would be made with", async () => {
  await using store = await openTestStore();
  await registerWorker(store, worker);
  const id = await addFile(store, scope, { name: "first" });
  expect(await findUncountedFiles(store, { defaultBase: "other", limit: 10 })).toEqual([]);
  expect(await findUncountedFiles(store, waiting)).toEqual([{ fileId: id }]);
  await countFileTokens(store, id, counter);
  expect(await fileOf(store, id)).toMatchObject({ tokens, tokensBase: "tiny" });
  await createAdapter(store, scope, { baseModel: "tiny" });
  expect(await fileOf(store, id)).toMatchObject({ tokens });
});

test("counts are not kept where the adapter was made on another base meanwhile", async () => {
  await using store = await openTestStore();
  await registerWorker(store, worker);
  const id = await addFile(store, scope, { name: "first" });
  const count = async () => {
    await createAdapter(store, scope, { baseModel: "other" });
    return tokens;
  };
  await countFileTokens(store, id, { count, defaultBase });
  expect(await fileOf(store, id)).toMatchObject({ tokens: null, tokensBase: null });
});

test("counts are forgotten with the base that they are of", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  await registerWorker(store, worker);
  const id = await addFile(store, scope, { name: "b" });
  await countFileTokens(store, id, counter);
  for (const [baseModel, expected] of [
    ["tiny", tokens],
    ["other", null],
  ] as const) {
    await deleteAdapter(store, scope);
    await createAdapter(store, scope, { baseModel });
    expect((await fileOf(store, id))?.tokens).toEqual(expected);
  }
});
