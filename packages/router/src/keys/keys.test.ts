import { afterAll, beforeAll, expect, test } from "vitest";
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
