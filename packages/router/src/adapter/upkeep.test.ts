import { openEmptyDatabase } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi } from "../testing/open-test-api.ts";
import { populate } from "../testing/populate.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** An avatar of a user of its own, of which no run waits. */
const prepare = async (userId: string, avatarId: string) => {
  const caller = api.as((await api.makeKey(userId)).key);
  const populated = await populate(api, { userId, avatarId });
  await caller.train.cancel({ avatarId, runId: populated.runId });
  return { caller, on: { avatarId }, ...populated };
};

/** Of the files of the one version that a populated avatar has. */
const versionBytes = 97;

test("info tells the current version, what it learned from, and how much there is", async () => {
  const { caller, on, versionId } = await prepare("ann", "info");
  const { current, ...info } = await caller.adapter.info(on);
  expect(info).toEqual({
    adapter: await caller.adapter.get(on),
    counts: { versions: 1, candidates: 0, backups: 1, runs: 2 },
    bytes: { versions: versionBytes, backups: versionBytes },
  });
  expect(current).toMatchObject({
    id: versionId,
    baseModel: "tiny",
    engineKey: "tiny@main/float32/none",
    bytes: versionBytes,
    metrics: { finalLoss: 0.5 },
    lineage: { trainingFiles: 1, evaluationFiles: 0, parents: [] },
  });
  await caller.adapter.create({ avatarId: "new" });
  expect(await caller.adapter.info({ avatarId: "new" })).toMatchObject({
    current: null,
    counts: { versions: 0, backups: 0 },
  });
});

test("a version can be downloaded as one archive", async () => {
  const { caller, on, versionId } = await prepare("bea", "archives");
  const { archive, ...download } = await caller.adapter.download({ ...on, archive: true });
  expect(download).toMatchObject({ version: versionId, files: [] });
  const answer = await fetch(archive?.url ?? "");
  expect(answer.headers.get("content-disposition")).toContain(`adapter-${versionId}.zip`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(bytes.byteLength).toBe(archive?.size);
  expect(Buffer.from(bytes.slice(0, 4)).toString("latin1")).toBe("PK\u0003\u0004");
});

test("a backup is listed, restored into another avatar, and leaves its trace", async () => {
  const { caller, on, versionId, backupId } = await prepare("cid", "origin");
  expect((await caller.adapter.backups(on)).backups).toMatchObject([
    { id: backupId, avatarId: "origin", version: versionId, baseModel: "tiny", bytes: versionBytes },
  ]);
  const restored = await caller.adapter.restore({ avatarId: "copy", fromAvatarId: "origin", backupId });
  expect(restored.adapter).toMatchObject({ avatarId: "copy", currentVersion: restored.version });
  expect(await caller.adapter.lineage({ avatarId: "copy" })).toMatchObject({
    restoredFrom: backupId,
    inputs: [{ name: "chats.jsonl", role: "train" }],
    ancestors: [{ version: versionId, avatarId: "origin", how: "restored" }],
  });
  const holders = await caller.trainingData.versionsWith({ ...on, name: "chats.jsonl" });
  expect(holders).toMatchObject({
    versions: [
      { version: restored.version, avatarId: "copy", how: "trained" },
      { version: versionId, avatarId: "origin", how: "trained" },
    ],
    backups: [{ backup: backupId, version: versionId }],
  });
  await caller.adapter.deleteBackup({ ...on, backupId });
  const again = await outcomeOf(() => caller.adapter.restore({ ...on, backupId }));
  expect(again).toMatchObject({ code: "backup_not_found" });
});

test("a file is erased with what its runs kept of it", async () => {
  const { caller, on, versionId, backupId } = await prepare("dan", "erased");
  const { id: runId } = await caller.train.start(on);
  const erased = await caller.trainingData.erase({ ...on, name: "chats.jsonl" });
  expect(erased).toMatchObject({
    name: "chats.jsonl",
    versions: [{ version: versionId, state: "current" }],
    backups: [{ backup: backupId }],
  });
  expect(erased.runs).toContainEqual({ id: runId, status: "failed" });
  expect(await caller.train.get({ ...on, runId })).toMatchObject({ error: { code: "dataset_erased" } });
  expect((await caller.trainingData.list(on)).files).toEqual([]);
});

test("a service with an empty database answers as before after a rebuild", async () => {
  const scope = { userId: "eve", avatarId: "lost" };
  const { versionId, backupId } = await populate(api, scope);
  await api.store.background.settled();
  await using store = await openEmptyDatabase(api.store);
  await using other = await openTestApi({ store });
  const service = other.as((await other.makeKey()).key);
  expect(await service.admin.rebuild({})).toMatchObject({ damaged: { count: 0 } });
  expect((await service.adapter.get(scope)).currentVersion).toBe(versionId);
  expect((await service.adapter.backups(scope)).backups).toMatchObject([{ id: backupId }]);
  expect((await service.trainingData.list(scope)).files).toMatchObject([{ name: "chats.jsonl" }]);
});
