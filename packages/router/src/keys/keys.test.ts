import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";

let api: TestApi;
let service: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  service = api.as((await api.makeKey()).key);
});
afterAll(() => api[Symbol.asyncDispose]());

test("a user's key works for that user until it is revoked", async () => {
  const made = await service.keys.create({ kind: "user", userId: "ada", name: "laptop" });
  expect(made).toMatchObject({ kind: "user", userId: "ada", scopes: ["read", "write", "train"] });
  const ada = api.as(made.key);
  expect(await ada.adapter.create({ avatarId: "mia" })).toMatchObject({ userId: "ada" });
  expect(await service.keys.revoke({ id: made.id })).toMatchObject({ revokedAt: expect.any(Date) });
  expect(await outcomeOf(() => ada.adapter.get({ avatarId: "mia" }))).toMatchObject({ code: "revoked_key" });
});

test("a user's key can't have the scope 'admin', which would open nothing", async () => {
  const asked = { kind: "user", userId: "ada", name: "laptop", scopes: ["read", "admin"] } as const;
  expect(await outcomeOf(() => service.keys.create({ ...asked, scopes: [...asked.scopes] }))).toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("only a service key"),
  });
  const made = await service.keys.create({ kind: "service", name: "backend", scopes: ["admin"] });
  expect(made.scopes).toEqual(["admin"]);
});

test("the audit log has what became of a user's key among what was changed of that user's", async () => {
  const made = await service.keys.create({ kind: "user", userId: "aud", name: "laptop" });
  await service.keys.rotate({ id: made.id });
  await service.keys.revoke({ id: made.id });
  const { entries } = await service.admin.audit({ userId: "aud" });
  expect(entries.map(({ action, subject }) => [action, subject])).toEqual(
    ["key-revoked", "key-rotated", "key-created"].map((action) => [action, made.id]),
  );
});

test("keys are listed without the keys themselves, all or one user's", async () => {
  const made = await service.keys.create({ kind: "user", userId: "eve", name: "phone", scopes: ["read"] });
  const { keys } = await service.keys.list({ userId: "eve" });
  expect(keys).toMatchObject([{ id: made.id, name: "phone", scopes: ["read"], revokedAt: null }]);
  expect(JSON.stringify(await service.keys.list({}))).not.toContain(made.key);
});

test("keys are listed page by page", async () => {
  for (const name of ["one", "two", "three"])
    await service.keys.create({ kind: "user", userId: "pat", name });
  const first = await service.keys.list({ userId: "pat", limit: 2 });
  expect(first.keys.map(({ name }) => name)).toEqual(["three", "two"]);
  const last = await service.keys.list({ userId: "pat", limit: 2, cursor: first.nextCursor ?? "" });
  expect(last).toMatchObject({ keys: [{ name: "one" }], nextCursor: null });
});

test("a key ends when it is told to", async () => {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const made = await service.keys.create({ kind: "service", name: "short", expiresAt });
  const caller = api.as(made.key);
  expect(await caller.health()).toMatchObject({ database: { ok: true } });
  await api.store.pool.query("update api_keys set expires_at = now() where id = $1", [made.id]);
  expect(await outcomeOf(() => caller.health())).toMatchObject({ code: "expired_key" });
});

test("whether an ending is to come is said by the database's clock, not by the host's", async () => {
  const inAnHour = new Date(Date.now() + 3_600_000);
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const create = (expiresAt: Date) => service.keys.create({ kind: "service", name: "short", expiresAt });
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2199-01-01") });
  const ahead = await outcomeOf(() => create(inAnHour));
  vi.setSystemTime(new Date("1999-01-01"));
  const behind = await outcomeOf(() => create(anHourAgo));
  vi.useRealTimers();
  expect(ahead).toMatchObject({ code: "answered", answer: { expiresAt: inAnHour } });
  expect(behind).toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("must be in the future"),
  });
});

test("a rotated key keeps its rights, and the secret before it ends when it is told to", async () => {
  const made = await service.keys.create({ kind: "user", userId: "rot", name: "laptop", scopes: ["read"] });
  const rotated = await service.keys.rotate({ id: made.id, overlapSeconds: 60 });
  expect(rotated).toMatchObject({ id: made.id, userId: "rot", scopes: ["read"], name: "laptop" });
  for (const key of [made.key, rotated.key]) expect(await api.as(key).adapter.list({})).toBeDefined();
  expect((await service.keys.list({ userId: "rot" })).keys).toMatchObject([
    { state: "valid", rotatedAt: expect.any(Date), previousUntil: expect.any(Date) },
  ]);
  await api.store.pool.query("update api_keys set previous_until = now() where id = $1", [made.id]);
  expect(await outcomeOf(() => api.as(made.key).adapter.list({}))).toMatchObject({ code: "rotated_key" });
  expect(await api.as(rotated.key).adapter.list({})).toBeDefined();
  expect((await service.keys.list({ userId: "rot" })).keys).toMatchObject([{ previousUntil: null }]);
});

test("a list tells which keys have ended", async () => {
  const make = (name: string) => service.keys.create({ kind: "user", userId: "ends", name });
  await make("valid");
  const expired = await make("expired");
  await api.store.pool.query("update api_keys set expires_at = now() where id = $1", [expired.id]);
  await service.keys.revoke({ id: (await make("revoked")).id });
  const { keys } = await service.keys.list({ userId: "ends" });
  expect(keys.map(({ name, state }) => [name, state])).toEqual(
    ["revoked", "expired", "valid"].map((state) => [state, state]),
  );
});

test.each([-1, 1.5, 31 * 86_400, Number.NaN])(
  "an overlap of %d seconds is refused",
  async (overlapSeconds) => {
    expect(await outcomeOf(() => service.keys.rotate({ id: "x", overlapSeconds }))).toMatchObject({
      code: "bad_input",
    });
  },
);
