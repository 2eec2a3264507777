import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openTestStore } from "../testing/index.ts";
import { findShare, listShares, listSharesWith, removeShare, setShare } from "./index.ts";

const name = { ownerId: "ada", avatarId: "mia", userId: "bob" };
const avatar = { userId: "ada", avatarId: "mia" };

test("a share is found until it is removed or expires, and setting it again changes it", async () => {
  await using store = await openTestStore();
  expect(await findShare(store, name)).toBeUndefined();
  await setShare(store, { ...name, role: "read-only", expiresAt: new Date("2999-01-01") });
  const changed = await setShare(store, { ...name, role: "member" });
  expect(changed).toMatchObject({ ...name, role: "member", expiresAt: null });
  expect(await findShare(store, name)).toEqual(changed);
  expect(await findShare(store, { ...name, avatarId: "tom" })).toBeUndefined();
  expect(await findShare(store, { ...name, ownerId: "bob", userId: "ada" })).toBeUndefined();
  await store.db.execute(sql`update shares set expires_at = now()`);
  expect(await findShare(store, name)).toBeUndefined();
  expect([await removeShare(store, name), await removeShare(store, name)]).toEqual([true, false]);
});

test("shares that are looked up at once are each their own", async () => {
  await using store = await openTestStore();
  const users = Array.from({ length: 20 }, (_, at) => `user ${at}`);
  for (const userId of users.slice(0, 10)) await setShare(store, { ...name, userId, role: "member" });
  const found = await Promise.all(users.map((userId) => findShare(store, { ...name, userId })));
  expect(found.map((share) => share?.userId)).toEqual([...users.slice(0, 10), ...Array(10)]);
});

test("shares are listed page by page, for the owner and for whom they are meant", async () => {
  await using store = await openTestStore();
  for (const userId of ["bob", "carl", "dora"]) await setShare(store, { ...name, userId, role: "member" });
  const first = await listShares(store, avatar, { limit: 2 });
  expect(first.shares.map(({ userId }) => userId)).toEqual(["bob", "carl"]);
  const last = await listShares(store, avatar, { limit: 2, cursor: first.nextCursor ?? "" });
  expect(last).toMatchObject({ shares: [{ userId: "dora" }], nextCursor: null });

  for (const avatarId of ["tom", "zoe"]) await setShare(store, { ...name, avatarId, role: "read-only" });
  await setShare(store, { ...name, ownerId: "eve", role: "member" });
  const mine = await listSharesWith(store, "bob", { limit: 3 });
  expect(mine.shares.map(({ ownerId, avatarId }) => `${ownerId} ${avatarId}`)).toEqual([
    "ada mia",
    "ada tom",
    "ada zoe",
  ]);
  const rest = await listSharesWith(store, "bob", { limit: 3, cursor: mine.nextCursor ?? "" });
  expect(rest).toMatchObject({ shares: [{ ownerId: "eve", avatarId: "mia" }], nextCursor: null });
  await store.db.execute(sql`update shares set expires_at = now() where user_id = 'bob'`);
  expect((await listSharesWith(store, "bob", { limit: 3 })).shares).toEqual([]);
  expect((await listShares(store, avatar, { limit: 9 })).shares).toHaveLength(3);
});
