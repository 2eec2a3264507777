import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { openTestStore, waitingForLocks } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun, trainVersion } from "../testing/scenario.ts";
import {
  createAdapter,
  deleteAdapter,
  fetchVersionFiles,
  getAdapter,
  listAdapters,
  listVersions,
  resolveVersion,
  rollbackAdapter,
  versionDownload,
} from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };

test("an avatar has one adapter", async () => {
  await using store = await openTestStore();
  const created = await createAdapter(store, scope, { baseModel: "tiny" });
  expect(created).toMatchObject({ ...scope, state: "active", generation: 1, currentVersion: null });
  await expect(createAdapter(store, scope, { baseModel: "tiny" })).rejects.toMatchObject({
    code: "adapter_exists",
  });
  // It is written beside its bytes in the background.
  expect(await getAdapter(store, scope)).toEqual({ ...created, projectedSeq: expect.any(Number) });
});

test("of many that create at once one succeeds, also after a deletion", async () => {
  await using store = await openTestStore();
  const createMany = () =>
    Promise.allSettled([1, 2, 3, 4].map(() => createAdapter(store, scope, { baseModel: "tiny" })));
  const isFulfilled = ({ status }: PromiseSettledResult<unknown>) => status === "fulfilled";
  expect((await createMany()).filter(isFulfilled)).toHaveLength(1);
  await deleteAdapter(store, scope);
  expect((await createMany()).filter(isFulfilled)).toHaveLength(1);
  expect((await getAdapter(store, scope)).generation).toBe(2);
});

test("what was never made and what was deleted are not there", async () => {
  await using store = await openTestStore();
  const absent = { code: "adapter_not_found" };
  await expect(getAdapter(store, scope)).rejects.toMatchObject(absent);
  await expect(deleteAdapter(store, scope)).rejects.toMatchObject(absent);
  await createAdapter(store, scope, { baseModel: "tiny" });
  await deleteAdapter(store, scope);
  await expect(getAdapter(store, scope)).rejects.toMatchObject(absent);
  await expect(deleteAdapter(store, scope)).rejects.toMatchObject(absent);
  await expect(listVersions(store, scope, { limit: 1 })).rejects.toMatchObject(absent);
  await expect(resolveVersion(store, scope, undefined)).rejects.toMatchObject(absent);
});

test("a user's adapters are listed page by page, without deleted and foreign ones", async () => {
  await using store = await openTestStore();
  for (const avatarId of ["d", "b", "e", "a", "c"]) {
    await createAdapter(store, { userId: "ada", avatarId }, { baseModel: "tiny" });
  }
  await createAdapter(store, { userId: "bob", avatarId: "f" }, { baseModel: "tiny" });
  await deleteAdapter(store, { userId: "ada", avatarId: "c" });
  const first = await listAdapters(store, "ada", { limit: 2 });
  expect(first.adapters.map(({ avatarId }) => avatarId)).toEqual(["a", "b"]);
  const second = await listAdapters(store, "ada", { limit: 2, cursor: first.nextCursor ?? undefined });
  expect(second.adapters.map(({ avatarId }) => avatarId)).toEqual(["d", "e"]);
  expect(second.nextCursor).toBeNull();
});

test("versions are listed page by page, the newest first", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const trained: string[] = [];
  for (let count = 0; count < 3; count += 1) trained.unshift(await trainVersion(store, scope));
  const first = await listVersions(store, scope, { limit: 2 });
  const second = await listVersions(store, scope, { limit: 2, cursor: first.nextCursor ?? undefined });
  expect([...first.versions, ...second.versions].map(({ id }) => id)).toEqual(trained);
  expect(second.nextCursor).toBeNull();
});

test("a rollback goes to the version before, back again, or to the named one", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const one = await trainVersion(store, scope);
  await expect(rollbackAdapter(store, scope)).rejects.toMatchObject({ code: "no_previous_version" });
  const two = await trainVersion(store, scope);
  const three = await trainVersion(store, scope);
  const before = await getAdapter(store, scope);

  const back = await rollbackAdapter(store, scope);
  expect(back.currentVersion).toBe(two);
  expect(back.publishSeq).toBeGreaterThan(before.publishSeq);
  expect((await rollbackAdapter(store, scope)).currentVersion).toBe(three);
  const named = await rollbackAdapter(store, scope, { version: one });
  expect(named.currentVersion).toBe(one);
  expect(await rollbackAdapter(store, scope, { version: one })).toMatchObject({
    publishSeq: named.publishSeq,
  });
  const states = (await listVersions(store, scope, { limit: 10 })).versions.map(({ state }) => state);
  expect(states).toEqual(["previous", "previous", "current"]);
});

test("a rollback to a candidate promotes it; by default a candidate is passed over", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const candidate = await trainVersion(store, scope, { publish: "candidate" });
  await expect(rollbackAdapter(store, scope)).rejects.toMatchObject({ code: "no_previous_version" });
  await expect(resolveVersion(store, scope, undefined)).rejects.toMatchObject({ code: "no_current_version" });
  const promoted = await rollbackAdapter(store, scope, { version: candidate });
  expect(promoted.currentVersion).toBe(candidate);
  expect(await resolveVersion(store, scope, undefined)).toMatchObject({ id: candidate, state: "current" });
});

test("another avatar's version is not there", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const foreign = await trainVersion(store, await prepareAvatar(store, { userId: "bob" }));
  const absent = { code: "version_not_found" };
  await expect(rollbackAdapter(store, scope, { version: foreign })).rejects.toMatchObject(absent);
  await expect(resolveVersion(store, scope, foreign)).rejects.toMatchObject(absent);
  await expect(versionDownload(store, scope, { version: foreign })).rejects.toMatchObject(absent);
});

test("a download gives URLs that read the files, of the current version or a candidate", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const current = await trainVersion(store, scope);
  const candidate = await trainVersion(store, scope, { publish: "candidate" });
  for (const [wanted, versionId] of [[undefined, current] as const, [candidate, candidate] as const]) {
    const download = await versionDownload(store, scope, { version: wanted });
    expect(download.versionId).toBe(versionId);
    expect(download.expiresAt.getTime()).toBeGreaterThan(Date.now());
    const weights = download.files.find(({ name }) => name === "adapter_model.safetensors");
    const answer = await fetch(weights?.url ?? "");
    expect(await answer.text()).toBe(versionId);
    expect(answer.headers.get("content-disposition")).toContain("adapter_model.safetensors");
  }
});

test("a worker reads a version's files with their hashes and is told when one is gone", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store);
  const version = await resolveVersion(store, scope, await trainVersion(store, scope));
  const read = await Array.fromAsync(fetchVersionFiles(store, version), async ({ name, content }) => [
    name,
    Buffer.from(await content.bytes()).toString(),
  ]);
  expect(read).toContainEqual(["adapter_model.safetensors", version.id]);
  const lost = { ...version, files: [{ name: "lost", size: 1, sha256: "0" }] };
  const reading = Array.fromAsync(fetchVersionFiles(store, lost));
  await expect(reading).rejects.toMatchObject({ code: "corrupt_adapter" });
});

test("an adapter can be deleted while its run writes twice in one transaction", async () => {
  await using store = await openTestStore();
  const avatar = await prepareAvatar(store);
  const { id } = await queueRun(store, avatar);
  await claimNextRun(store);
  const touch = sql`update runs set event_seq = event_seq where id = ${id}`;
  let deleting: Promise<unknown> | undefined;
  await store.db.transaction(async (tx) => {
    await tx.execute(touch);
    deleting = deleteAdapter(store, avatar);
    await vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(1), 100_000);
    await tx.execute(touch);
  });
  await expect(deleting).resolves.toMatchObject({ state: "deleted" });
});
