import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { openTestStore } from "../testing/index.ts";
import { createApiKey, findApiKey, hasKeyForm, listApiKeys, revokeApiKey } from "./index.ts";

test("a key is found by its secret, and the database holds only its hash", async () => {
  await using store = await openTestStore();
  const { key, record } = await createApiKey(store, {
    kind: "service",
    name: "first",
    scopes: ["read", "admin"],
  });
  expect(hasKeyForm(key)).toBe(true);
  expect(await findApiKey(store, key)).toMatchObject({
    id: record.id,
    scopes: ["read", "admin"],
    expired: false,
  });
  expect(await findApiKey(store, `${key}x`)).toBeUndefined();
  const { rows } = await store.db.execute(sql`select * from api_keys`);
  expect(JSON.stringify(rows)).not.toContain(key.slice(3));
  expect(rows).toHaveLength(1);
});

test("a revoked key stays revoked since the first time", async () => {
  await using store = await openTestStore();
  const { key, record } = await createApiKey(store, { kind: "service", name: "k", scopes: ["read"] });
  const first = await revokeApiKey(store, record.id);
  const second = await revokeApiKey(store, record.id);
  expect(second.revokedAt).toEqual(first.revokedAt);
  expect((await findApiKey(store, key))?.revokedAt).toEqual(first.revokedAt);
});

test("keys that are shown at once are each their own, and a revocation holds for every call after it", async () => {
  await using store = await openTestStore();
  const names = Array.from({ length: 20 }, (_, at) => `key ${at}`);
  const made = await Promise.all(
    names.map((name) => createApiKey(store, { kind: "service", name, scopes: ["read"] })),
  );
  const show = () => Promise.all([...made, ...made].map(({ key }) => findApiKey(store, key)));
  expect((await show()).map((record) => record?.name)).toEqual([...names, ...names]);
  expect(await Promise.all(["ll_unknown", "ll_other"].map((key) => findApiKey(store, key)))).toEqual([
    undefined,
    undefined,
  ]);
  // Its lookups are at work while the keys are revoked, and must not answer those that come afterwards.
  const before = show();
  await Promise.all(made.map(({ record }) => revokeApiKey(store, record.id)));
  for (const record of await show()) expect(record?.revokedAt).toBeInstanceOf(Date);
  await before;
});

test("a key past its expiry is expired by the database's clock", async () => {
  await using store = await openTestStore();
  const expiresAt = new Date(Date.now() - 1000);
  const { key } = await createApiKey(store, { kind: "service", name: "k", scopes: ["read"], expiresAt });
  expect(await findApiKey(store, key)).toMatchObject({ expired: true, lastUsedAt: null });
});

test("a key's use is noted to the minute also by a host whose clock is behind", async () => {
  await using store = await openTestStore();
  const { key } = await createApiKey(store, { kind: "service", name: "k", scopes: ["read"] });
  await store.pool.query("update api_keys set last_used_at = now() - interval '61 seconds'");
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("1999-01-01") });
  await findApiKey(store, key);
  vi.useRealTimers();
  const { rows } = await store.pool.query(
    "select last_used_at > now() - interval '1 minute' as noted from api_keys",
  );
  expect(rows).toEqual([{ noted: true }]);
});

test("a user's keys are listed apart from another's, and an unknown key can't be revoked", async () => {
  await using store = await openTestStore();
  await createApiKey(store, { kind: "user", name: "a", scopes: ["read"], userId: "ann" });
  await createApiKey(store, { kind: "user", name: "b", scopes: ["read"], userId: "bob" });
  expect((await listApiKeys(store, { userId: "ann", limit: 10 })).keys.map(({ name }) => name)).toEqual([
    "a",
  ]);
  expect((await listApiKeys(store, { limit: 10 })).keys).toHaveLength(2);
  await expect(revokeApiKey(store, "unknown")).rejects.toMatchObject({ code: "key_not_found" });
});

test("a key's use is noted at most once a minute", async () => {
  await using store = await openTestStore();
  const { key } = await createApiKey(store, { kind: "service", name: "k", scopes: ["read"] });
  await findApiKey(store, key);
  const noted = (await findApiKey(store, key))?.lastUsedAt;
  expect(noted).toBeInstanceOf(Date);
  expect((await findApiKey(store, key))?.lastUsedAt).toEqual(noted);
  await store.db.execute(sql`update api_keys set last_used_at = now() - interval '2 minutes'`);
  await findApiKey(store, key);
  expect((await findApiKey(store, key))?.lastUsedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

test("keys are listed page by page, the newest first", async () => {
  await using store = await openTestStore();
  for (const name of ["a", "b", "c"]) await createApiKey(store, { kind: "service", name, scopes: ["read"] });
  const first = await listApiKeys(store, { limit: 2 });
  expect(first.keys.map(({ name }) => name)).toEqual(["c", "b"]);
  const last = await listApiKeys(store, { limit: 2, cursor: first.nextCursor ?? "" });
  expect(last).toMatchObject({ keys: [{ name: "a" }], nextCursor: null });
});
