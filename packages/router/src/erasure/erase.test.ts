import { waitingForLocks } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
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

test("calls that go on while their avatar and user are erased say so", async () => {
  const cat = api.as((await api.makeKey("cat")).key);
  await api.store.pool.query("insert into avatars (user_id, id) values ('cat', 'kit')");
  const erasing = await api.store.pool.connect();
  await erasing.query("begin; select from avatars, users where users.id = 'cat' for update");
  const ended = Promise.all([
    outcomeOf(() => cat.webhooks.create({ url: "http://127.0.0.1:9999/" })),
    outcomeOf(() => cat.adapter.create({ avatarId: "kit" })),
    outcomeOf(() =>
      cat.files.setFlag({ avatarId: "kit", folder: "vectorstore_data", name: "x", useForTraining: true }),
    ),
  ]);
  await vi.waitUntil(async () => (await waitingForLocks(api.store)) === 3, 100_000);
  await erasing.query(`insert into tombstones (hash, kind) values (encode(sha256('user/cat'), 'hex'), 'user');
    delete from api_keys where user_id = 'cat'; delete from avatars where user_id = 'cat';
    delete from users where id = 'cat'; commit`);
  erasing.release();
  expect((await ended).map(({ code }) => code)).toEqual(["user_erased", "user_erased", "user_erased"]);
});
