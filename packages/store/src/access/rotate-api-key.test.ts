import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openTestStore } from "../testing/index.ts";
import { createApiKey, findApiKey, revokeApiKey, rotateApiKey } from "./index.ts";

const input = { kind: "user" as const, name: "k", scopes: ["read" as const], userId: "ann" };

test("a rotated key opens by both secrets until the overlap is over, then by the new one alone", async () => {
  await using store = await openTestStore();
  const made = await createApiKey(store, input);
  const rotated = await rotateApiKey(store, { id: made.record.id, overlapSeconds: 60 });
  expect(rotated.record).toMatchObject({ id: made.record.id, scopes: ["read"], userId: "ann", name: "k" });
  expect(await findApiKey(store, rotated.key)).toMatchObject({ id: made.record.id, byPrevious: false });
  const before = { id: made.record.id, byPrevious: true };
  expect(await findApiKey(store, made.key)).toMatchObject({ ...before, previousEnded: false });
  await store.db.execute(sql`update api_keys set previous_until = now()`);
  expect(await findApiKey(store, made.key)).toMatchObject({ ...before, previousEnded: true });
  const { rows } = await store.db.execute(sql`select * from api_keys`);
  expect(JSON.stringify(rows)).not.toMatch(new RegExp([made.key.slice(3), rotated.key.slice(3)].join("|")));
});

test("a second rotation ends the first secret at once", async () => {
  await using store = await openTestStore();
  const made = await createApiKey(store, input);
  const { id } = made.record;
  const second = await rotateApiKey(store, { id, overlapSeconds: 60 });
  await rotateApiKey(store, { id, overlapSeconds: 60 });
  expect(await findApiKey(store, made.key)).toBeUndefined();
  expect(await findApiKey(store, second.key)).toMatchObject({ byPrevious: true, previousEnded: false });
});

test("of rotations that come at once the last one counts, and each secret but two opens nothing", async () => {
  await using store = await openTestStore();
  const { record } = await createApiKey(store, input);
  const rotate = () => rotateApiKey(store, { id: record.id, overlapSeconds: 60 });
  const rotated = await Promise.all(Array.from({ length: 10 }, rotate));
  const found = await Promise.all(rotated.map(({ key }) => findApiKey(store, key)));
  expect(
    found
      .filter((each) => each !== undefined)
      .map(({ byPrevious }) => byPrevious)
      .sort(),
  ).toEqual([false, true]);
});

test("the use of a secret that has ended is not noted, nor does a revoked or expired key come back", async () => {
  await using store = await openTestStore();
  const made = await createApiKey(store, input);
  const { id } = made.record;
  await rotateApiKey(store, { id, overlapSeconds: 0 });
  await findApiKey(store, made.key);
  expect(await store.pool.query("select last_used_at from api_keys")).toMatchObject({
    rows: [{ last_used_at: null }],
  });
  await revokeApiKey(store, id);
  const rotation = () => rotateApiKey(store, { id, overlapSeconds: 0 });
  await expect(rotation()).rejects.toMatchObject({ code: "key_ended", message: /was revoked/ });
  await store.db.execute(sql`update api_keys set revoked_at = null, expires_at = now()`);
  await expect(rotation()).rejects.toMatchObject({ code: "key_ended", message: /expired/ });
  await expect(rotateApiKey(store, { id: "unknown", overlapSeconds: 0 })).rejects.toMatchObject({
    code: "key_not_found",
  });
});

test("a thousand requests of one moment write the key's use once", async () => {
  await using store = await openTestStore();
  const { key } = await createApiKey(store, input);
  await Promise.all(Array.from({ length: 1_000 }, () => findApiKey(store, key)));
  const { rows } = await store.pool.query<{ version: string }>("select xmin::text as version from api_keys");
  await Promise.all(Array.from({ length: 1_000 }, () => findApiKey(store, key)));
  const after = await store.pool.query<{ version: string }>("select xmin::text as version from api_keys");
  expect(after.rows).toEqual(rows);
});
