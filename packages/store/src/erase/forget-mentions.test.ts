import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type ApiKeyInput,
  createApiKey,
  ensureAvatar,
  ensureUser,
  setShare,
  writeAudit,
} from "../access/index.ts";
import { type Call, claimCall, recordAnswer } from "../idempotency/index.ts";
import { scopePrefix } from "../keys/index.ts";
import { stagePrefix } from "../staging/staged-prefix.ts";
import { auditLog, erasures, idempotencyKeys, limits, tombstones, users } from "../tables/index.ts";
import { findTraces } from "../testing/find-traces.ts";
import { openTestStore, type TestStore, waitingForLocks } from "../testing/index.ts";
import { setLimits } from "../usage/index.ts";
import { eraseScope, respectTombstones, sweepErasures } from "./index.ts";
import { tombstoneOf } from "./tombstones.ts";

const eve = { userId: "eve-erased", avatarId: null };
const owned = { userId: "ada", avatarId: "mia" };

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
  await ensureUser(store, eve.userId);
  await ensureAvatar(store, owned);
});
afterEach(() => store?.[Symbol.asyncDispose]());

const letLastSweepCome = async () => {
  await store.db.update(erasures).set({ dueAt: sql`now()` });
  await sweepErasures(store);
};

/** A call that was done and answered. */
const answer = async (call: Partial<Call> & { key: string }, answer: object) => {
  const asked = { userId: "ada", ownerId: "ada", avatarId: "mia", procedure: "p", requestHash: "0", ...call };
  const claimed = await claimCall(store, asked, { again: true, kept: true });
  if (claimed.is === "answered") throw new Error("It was answered before.");
  await recordAnswer(store, claimed.claim, { answer, made: "made" });
};

test("others keep their entries of whom they shared with, and nobody reads the id there", async () => {
  const by = { ...owned, callerUserId: "ada" };
  await writeAudit(store, { ...by, action: "avatar-shared", subject: "eve-erased as member" });
  await writeAudit(store, { ...by, action: "share-removed", subject: "eve-erased" });
  await writeAudit(store, { ...by, action: "avatar-shared", subject: "eve-erased-not as member" });
  await writeAudit(store, { ...by, action: "file-deleted", subject: "eve-erased" });
  await eraseScope(store, eve);
  const { hash } = tombstoneOf(eve);
  const entries = await store.db.select().from(auditLog);
  const ofErasure = hash;
  const kept = [`${hash} as member`, hash, "eve-erased-not as member", "eve-erased", ofErasure];
  expect(entries.map(({ subject }) => subject).toSorted()).toEqual(kept.toSorted());
});

test("answers to others that name the user are gone, and that they were given is known", async () => {
  await answer({ key: "names" }, { json: { ownerId: "ada", userId: "eve-erased" } });
  await answer({ key: "names a part" }, { json: { userId: "eve-erased-not" } });
  await answer({ key: "of the service", userId: "", ownerId: null }, { json: { userId: "eve-erased" } });
  await eraseScope(store, eve);
  const kept = await store.db.select().from(idempotencyKeys).orderBy(idempotencyKeys.key);
  expect(kept).toMatchObject([
    { key: "names", answer: null, state: "answered", made: "made" },
    { key: "names a part", answer: { json: { userId: "eve-erased-not" } } },
    { key: "of the service", answer: null },
  ]);
});

test("of an erased avatar no answer of its user's tells, and one of another user's avatar of that name does", async () => {
  const elsewhere = { ownerId: "bob", userId: "bob" };
  await answer({ key: "webhook", avatarId: null }, { json: { avatarId: "mia" } });
  await answer({ key: "webhook", ...elsewhere }, { json: { avatarId: "mia" } });
  await eraseScope(store, owned);
  expect(await store.db.select().from(idempotencyKeys).orderBy(idempotencyKeys.userId)).toMatchObject([
    { userId: "ada", answer: null },
    { userId: "bob", answer: { json: { avatarId: "mia" } } },
  ]);
});

test("what calls write that were on their way goes with the last sweep", async () => {
  await setShare(store, { ownerId: "ada", avatarId: "mia", userId: eve.userId, role: "member" });
  await eraseScope(store, eve);
  await writeAudit(store, { ...eve, avatarId: "one", action: "file-deleted", subject: "late.jsonl" });
  await writeAudit(store, { ...owned, action: "avatar-shared", subject: "eve-erased as member" });
  await answer({ key: "late", userId: eve.userId, ownerId: eve.userId }, {});
  await answer({ key: "late" }, { json: { userId: eve.userId } });
  await stagePrefix(store.db, `${scopePrefix(eve)}late/`);
  await store.db.insert(limits).values({ userId: eve.userId, changes: {} });
  await letLastSweepCome();
  expect(await findTraces(store, eve.userId)).toEqual([]);
  const entries = await store.db.select().from(auditLog);
  expect(entries.map(({ action }) => action).toSorted()).toEqual(["avatar-shared", "user-erased"]);
});

test("limits bring nobody back, and those that did are gone at the next start", async () => {
  await eraseScope(store, eve);
  await letLastSweepCome();
  await expect(setLimits(store, eve.userId, { queuedRuns: 1 })).rejects.toMatchObject({
    code: "user_erased",
  });
  await store.db.insert(limits).values({ userId: eve.userId, changes: {} });
  await respectTombstones(store);
  await store.background.settled();
  expect(await store.db.$count(limits)).toBe(0);
});

test("who shares with somebody who was erased is refused without learning that he was", async () => {
  const share = { ownerId: "ada", avatarId: "mia", userId: eve.userId, role: "member" } as const;
  await eraseScope(store, eve);
  const refusal = await setShare(store, share).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: "share_refused",
    message: "No avatar can be shared with 'eve-erased'.",
    details: { userId: eve.userId },
  });
  await eraseScope(store, owned);
  await expect(setShare(store, share)).rejects.toMatchObject({ code: "avatar_erased" });
});

test("rows for somebody who is erased at that moment are refused as his", async () => {
  const key: ApiKeyInput = { kind: "user", name: "late", scopes: [], userId: eve.userId };
  const share = { ownerId: "ada", avatarId: "mia", userId: eve.userId, role: "member" } as const;
  const outcomes = await store.db.transaction(async (tx) => {
    await tx.select().from(users).where(eq(users.id, eve.userId)).for("update");
    const begun = Promise.allSettled([createApiKey(store, key), setShare(store, share)]);
    await vi.waitUntil(async () => (await waitingForLocks(store)) === 2, 100_000);
    await tx.insert(tombstones).values(tombstoneOf(eve));
    await tx.delete(users).where(eq(users.id, eve.userId));
    return { begun };
  });
  expect(await outcomes.begun).toMatchObject([
    { reason: { code: "user_erased" } },
    { reason: { code: "share_refused" } },
  ]);
});

test("an erasure waits for who is just adding a row, and takes that too", async () => {
  const outcome = await store.db.transaction(async (tx) => {
    await createApiKey({ db: tx }, { kind: "user", name: "late", scopes: [], userId: eve.userId });
    const erasing = Promise.allSettled([eraseScope(store, eve)]);
    await vi.waitUntil(async () => (await waitingForLocks(store)) === 1, 100_000);
    return { erasing };
  });
  expect(await outcome.erasing).toMatchObject([
    { status: "fulfilled", value: { rows: { users: 1, keys: 1 } } },
  ]);
});
