import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi } from "../testing/open-test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api?.[Symbol.asyncDispose]());

test("an avatar's user erases it by its id given again, and the audit log keeps a hash alone", async () => {
  const ada = api.as((await api.makeKey("ada")).key);
  await ada.adapter.create({ avatarId: "mia" });
  for (const confirm of [undefined, "mio"])
    expect(await outcomeOf(() => ada.avatars.erase({ avatarId: "mia", confirm }))).toMatchObject({
      code: "erasure_not_confirmed",
    });
  const found = await ada.avatars.erase({ avatarId: "mia", dryRun: true });
  const erased = await ada.avatars.erase({ avatarId: "mia", confirm: "mia" });
  expect(erased).toMatchObject({ rows: found.rows, dryRun: false, objectsRemoved: true });
  expect(await outcomeOf(() => ada.adapter.create({ avatarId: "mia" }))).toMatchObject({
    code: "avatar_erased",
  });
  const { rows } = await api.store.pool.query("select action, subject, avatar_id from audit_log");
  expect(rows).toEqual([{ action: "avatar-erased", subject: erased.tombstone, avatar_id: null }]);
});

test("a user goes by a service key, with his keys, and is not made anew", async () => {
  const service = api.as((await api.makeKey()).key);
  const bob = api.as((await api.makeKey("bob")).key);
  await bob.adapter.create({ avatarId: "bo" });
  const erased = await service.admin.eraseUser({ userId: "bob", confirm: "bob" });
  expect(erased.rows).toMatchObject({ users: 1, avatars: 1, keys: 1 });
  expect(await outcomeOf(() => bob.adapter.list({}))).toMatchObject({ code: "invalid_key" });
  const again = () => service.keys.create({ kind: "user", userId: "bob", name: "again" });
  expect(await outcomeOf(again)).toMatchObject({ code: "user_erased" });
});
