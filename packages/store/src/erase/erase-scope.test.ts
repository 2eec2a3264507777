import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq, getTableName, sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApiKey, ensureAvatar, ensureUser, setShare, writeAudit } from "../access/index.ts";
import { createBackup, restoreBackup } from "../backups/index.ts";
import { downloadArchive } from "../exports/index.ts";
import { setFlags } from "../files/index.ts";
import { claimCall } from "../idempotency/index.ts";
import { type AvatarScope, adapterKeys, scopePrefix, tombstonesPrefix, uploadKey } from "../keys/index.ts";
import { deleteObject, headObject, listObjects, putObject } from "../objects/index.ts";
import { rebuild } from "../rebuild/index.ts";
import { recordProgress } from "../runs/index.ts";
import { setUserSecret } from "../secrets/index.ts";
import { startSideJobs } from "../side-jobs/index.ts";
import type { Store } from "../store.ts";
import { auditLog, avatars, erasures, tombstones, users } from "../tables/index.ts";
import { findTraces } from "../testing/find-traces.ts";
import {
  beginUpload,
  inspectLines,
  openEmptyDatabase,
  openTestStore,
  putBytes,
  storeFile,
  type TestStore,
} from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun, trainVersion } from "../testing/scenario.ts";
import { eraseRows } from "./erase-rows.ts";
import { eraseScope, previewErasure, respectTombstones } from "./index.ts";
import { ownedRows } from "./owned-rows.ts";
import { steps, sweepErasures } from "./sweep-erasures.ts";

const gone = { userId: "eve-erased", avatarId: "mia-erased" };
const wholeUser = { userId: gone.userId, avatarId: null };
const sibling = { userId: gone.userId, avatarId: "sibling" };
const stranger = { userId: "stranger", avatarId: gone.avatarId.replace("erased", "other") };

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(() => store?.[Symbol.asyncDispose]());

/** Something in every table and below every folder, and a run that a worker has. */
const populate = async (scope: AvatarScope) => {
  await prepareAvatar(store, scope);
  await trainVersion(store, scope);
  await createBackup(store, scope);
  await downloadArchive(store, scope);
  await storeFile(store, scope, { name: "flagged.jsonl" });
  await storeFile(store, { ...scope, avatarId: null }, { kind: "image", name: `${scope.userId}.png` });
  await setFlags(store, { ...scope, kind: "training_data" }, [{ name: "flagged.jsonl", used: false }]);
  const upload = await beginUpload(store, scope, { name: "more.jsonl" });
  await createApiKey(store, { kind: "user", name: scope.userId, scopes: ["read"], userId: scope.userId });
  await setUserSecret(store, { userId: scope.userId, name: "hf-token" }, "hf_some-token");
  await writeAudit(store, { ...scope, action: "file-deleted", subject: "chats.jsonl" });
  await setShare(store, {
    ownerId: scope.userId,
    avatarId: scope.avatarId,
    userId: "friend",
    role: "member",
  });
  const call = { userId: scope.userId, key: `again-${scope.avatarId}`, procedure: "train.start" };
  await claimCall(
    store,
    { ...call, ownerId: scope.userId, avatarId: scope.avatarId, requestHash: "0" },
    { again: true, kept: true },
  );
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await store.background.settled();
  return { upload, run };
};

const letLastSweepCome = async (some: Store) => {
  await some.db.update(erasures).set({ dueAt: sql`now()` });
  await sweepErasures(some);
};
const storedKeys = (prefix: string) => Array.fromAsync(listObjects(store.objects, prefix), ({ key }) => key);

test("an avatar is gone from every table and every object, and nobody else lost anything", async () => {
  await using _jobs = await startSideJobs(store, { inspect: inspectLines });
  for (const scope of [sibling, stranger]) await populate(scope);
  const others = await Promise.all([sibling, stranger].map((scope) => previewErasure(store, scope)));
  await populate(gone);
  const preview = await previewErasure(store, gone);
  const erased = await eraseScope(store, gone);

  expect(erased).toMatchObject({ ...preview, objectsRemoved: true, leftVersions: [] });
  expect(erased.rows).toMatchObject({
    avatars: 1,
    adapters: 1,
    backups: 1,
    exports: 1,
    versions: 1,
    runs: 2,
    shares: 1,
  });
  expect(erased.rows).not.toHaveProperty("keys");
  expect(await storedKeys(scopePrefix(gone))).toEqual([]);
  await letLastSweepCome(store);
  expect(await findTraces(store, gone.avatarId)).toEqual([]);
  expect(await Promise.all([sibling, stranger].map((scope) => previewErasure(store, scope)))).toEqual(others);
});

test("a user is gone with all avatars, keys and secrets", async () => {
  await using _jobs = await startSideJobs(store, { inspect: inspectLines });
  for (const scope of [sibling, gone, stranger]) await populate(scope);
  const other = await previewErasure(store, { ...stranger, avatarId: null });
  const { rows } = await eraseScope(store, wholeUser);
  expect(rows).toMatchObject({ users: 1, avatars: 2, keys: 2, secrets: 1, runs: 4, idempotencyKeys: 2 });
  await letLastSweepCome(store);
  expect(await findTraces(store, gone.userId)).toEqual([]);
  expect(await previewErasure(store, { ...stranger, avatarId: null })).toEqual(other);
});

test("what the queue of side jobs remembers of it is forgotten, and nothing else", async () => {
  await prepareAvatar(store, gone);
  await using _jobs = await startSideJobs(store, { inspect: inspectLines });
  for (const scope of [gone, sibling])
    await store.db.execute(sql`insert into pgboss.job (name, data, start_after)
      select name, ${JSON.stringify(scope)}::jsonb, now() + interval '1 day' from pgboss.queue limit 1`);
  await eraseScope(store, gone);
  await store.background.settled();
  const { rows } = await store.db.execute(sql`select data from pgboss.job where data ? 'avatarId'`);
  expect(rows).toEqual([{ data: sibling }]);
});

test("every table is one that an erasure takes from, or holds nothing of anybody", async () => {
  const nobodys = ["workers", "awaited_bases", "storage_probes", "tombstones", "erasures"];
  const { rows } = await store.db.execute<{ name: string }>(sql`select table_name as name
    from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`);
  const owned = ownedRows.map(({ table }) => getTableName(table));
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...owned, ...nobodys].toSorted());
});

test("a worker has lost its run, and what it and a kept URL put afterwards goes with the last sweep", async () => {
  const { run, upload } = await populate(gone);
  await eraseScope(store, gone);
  const progress = recordProgress(store, run, { step: 1 } as never);
  await expect(progress).rejects.toMatchObject({ code: "lease_lost" });
  await putObject(store.objects, { key: adapterKeys(gone).attemptFile(run.id, 1, "late.bin"), body: "late" });
  expect((await putBytes(upload, "more.jsonl\n")).ok).toBe(true);
  await letLastSweepCome(store);
  expect(await storedKeys(scopePrefix(gone))).toEqual([]);
  expect(await storedKeys(uploadKey(upload.uploadId))).toEqual([]);
  expect(await store.db.$count(erasures)).toBe(0);
});

test("what was erased is refused wherever it could begin anew, and the rest of the user is not", async () => {
  await populate(gone);
  await eraseScope(store, gone);
  const refused = { code: "avatar_erased", message: expect.stringContaining("'mia-erased' was erased at 2") };
  await expect(previewErasure(store, gone)).rejects.toMatchObject(refused);
  await expect(ensureAvatar(store, gone)).rejects.toMatchObject(refused);
  await expect(prepareAvatar(store, gone)).rejects.toMatchObject(refused);
  await ensureAvatar(store, sibling);
  await eraseScope(store, wholeUser);
  await expect(ensureAvatar(store, sibling)).rejects.toMatchObject({ code: "user_erased" });
  await expect(
    createApiKey(store, { kind: "user", name: "x", scopes: [], userId: gone.userId }),
  ).rejects.toMatchObject({
    code: "user_erased",
  });
  expect(await findTraces(store, sibling.avatarId)).toEqual([]);
});

test("an upload for an erased avatar is refused, and the others that began with it are not", async () => {
  await prepareAvatar(store, gone);
  await eraseScope(store, gone);
  const begun = await Promise.allSettled(
    [gone, sibling, stranger].map((scope) => beginUpload(store, scope, { name: "a" })),
  );
  expect(begun.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(begun[0]).toMatchObject({ reason: { code: "avatar_erased" } });
});

test("versions of other avatars that came out of it are named and stay", async () => {
  await populate(gone);
  const { id: backupId } = await createBackup(store, gone);
  await restoreBackup(store, sibling, { backupId, fromAvatarId: gone.avatarId, publish: "current" });
  const { leftVersions } = await eraseScope(store, gone);
  expect(leftVersions).toEqual([
    { version: expect.any(String), avatarId: sibling.avatarId, how: "restored" },
  ]);
  expect(await previewErasure(store, sibling)).toMatchObject({ rows: { versions: 1 } });
});

test("a crash while rows go, of whichever table, leaves all of them", async () => {
  await populate(gone);
  const before = await previewErasure(store, wholeUser);
  await store.db.execute(sql`create function fail() returns trigger language plpgsql as
    'begin raise exception ''crash''; end'`);
  for (const { table } of ownedRows) {
    const name = sql.identifier(getTableName(table));
    await store.db.execute(sql`create trigger crash before delete on ${name} execute function fail()`);
    await expect(eraseScope(store, wholeUser)).rejects.toThrow();
    await store.db.execute(sql`drop trigger crash on ${name}`);
  }
  expect(await previewErasure(store, wholeUser)).toEqual(before);
  expect(await store.db.$count(tombstones)).toBe(0);
});

test("after a crash behind any step it is carried on from the tables", async () => {
  for (const done of steps.keys()) {
    const scope = { userId: "ada", avatarId: `crashed-${done}` };
    await ensureAvatar(store, scope);
    const { uploadId } = await beginUpload(store, scope, { name: "a" });
    for (const key of [uploadKey(uploadId), adapterKeys(scope).current])
      await putObject(store.objects, { key, body: "left" });
    await eraseRows(store, scope);
    const [erasure = expect.unreachable("An erasure is noted.")] = await store.db
      .select()
      .from(erasures)
      .where(eq(erasures.avatarId, scope.avatarId));
    for (const step of steps.slice(0, done)) await step(store, erasure);
  }
  await sweepErasures(store);
  expect(await store.db.select().from(erasures)).toEqual(
    steps.map(() => expect.objectContaining({ sweepsLeft: 1 })),
  );
  expect([...(await storedKeys("users/")), ...(await storedKeys("uploads/"))]).toEqual([]);
  expect(await storedKeys(tombstonesPrefix)).toHaveLength(steps.length);
});

test("a store that does not answer delays the objects' end, which a side job brings", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using behind = await openTestStore({ endpoint: proxy.url });
  await prepareAvatar(behind, gone);
  await putObject(behind.objects, { key: adapterKeys(gone).current, body: "{}" });
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method !== "GET" });
  expect(await eraseScope(behind, gone)).toMatchObject({ objectsRemoved: false, rows: { avatars: 1 } });
  proxy.setFault();
  await using _jobs = await startSideJobs(behind, { inspect: inspectLines });
  await expect
    .poll(() => behind.db.select().from(erasures), { timeout: 100_000 })
    .toMatchObject([{ sweepsLeft: 1 }]);
  expect(await headObject(behind.objects, adapterKeys(gone).current)).toBeUndefined();
});

test("who erased is noted with the rows' end, whenever the process dies behind it", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using behind = await openTestStore({ endpoint: proxy.url });
  await prepareAvatar(behind, gone);
  proxy.setFault({ kind: "hold", matches: ({ method }) => method !== "GET" });
  const erasing = eraseScope(behind, gone, { keyId: "operator" });
  await vi.waitUntil(() => proxy.hits() > 0, 100_000);
  const entry = { keyId: "operator", action: "avatar-erased", userId: null, avatarId: null };
  const entries = await behind.db.select().from(auditLog);
  proxy.setFault();
  const { tombstone } = await erasing;
  expect(entries).toMatchObject([{ ...entry, subject: tombstone }]);
});

test("an older database that is brought back is erased again at the start, by the list in the object store", async () => {
  await populate(gone);
  await eraseScope(store, gone);
  await letLastSweepCome(store);
  await using older = await openEmptyDatabase(store);
  await prepareAvatar(older, gone);
  await respectTombstones(older);
  await older.background.settled();
  expect(await older.db.select().from(avatars)).toEqual([]);
  await expect(ensureAvatar(older, gone)).rejects.toMatchObject({ code: "avatar_erased" });
  await ensureUser(older, gone.userId);
  expect(await older.db.$count(users)).toBe(1);
});

test("a rebuild brings nothing back, and removes what an older bucket still has", async () => {
  await populate(gone);
  await eraseScope(store, gone);
  await letLastSweepCome(store);
  const key = adapterKeys(gone).current;
  await putObject(store.objects, { key, body: "{}" });
  await putObject(store.objects, { key: `users/${gone.userId}/image/kept.png`, body: "kept" });
  await using empty = await openEmptyDatabase(store);
  const outcome = await rebuild(empty, { inspect: inspectLines });
  await sweepErasures(empty);
  expect(outcome).toMatchObject({ avatars: 0, files: { adopted: 2 } });
  expect(await empty.db.select().from(avatars)).toEqual([]);
  expect(await storedKeys(scopePrefix(gone))).toEqual([]);
});

test("a list that the object store has lost is put there again", async () => {
  await prepareAvatar(store, gone);
  await eraseScope(store, gone);
  const [key = ""] = await storedKeys(tombstonesPrefix);
  expect(key).toMatch(/^tombstones\/avatar\/[0-9a-f]{64}$/);
  await deleteObject(store.objects, { key });
  await respectTombstones(store);
  expect(await storedKeys(tombstonesPrefix)).toEqual([key]);
});
