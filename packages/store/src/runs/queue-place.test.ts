import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import type { Store } from "../store.ts";
import { openTestStore } from "../testing/index.ts";
import { prepareAvatar, queueRun } from "../testing/scenario.ts";
import { findQueuePlace, type Run } from "./index.ts";

/** Runs of so many users that have waited for longer than this one. */
const addOlder = async (store: Store, { id }: Run, users: number): Promise<void> => {
  const { rows } = await store.pool.query<{ name: string }>(
    `select column_name as name from information_schema.columns
      where table_name = 'runs' and column_name not in ('id', 'user_id', 'created_at')`,
  );
  const columns = sql.raw(rows.map(({ name }) => `runs.${name}`).join(", "));
  const names = sql.raw(rows.map(({ name }) => name).join(", "));
  const each = sql`generate_series(1, ${users}::int) as number`;
  await store.db.execute(sql`insert into users (id) select 'user-' || number from ${each}`);
  await store.db.execute(sql`insert into avatars (user_id, id) select 'user-' || number, 'one' from ${each}`);
  await store.db.execute(sql`insert into adapters (user_id, avatar_id, base_model, state)
    select 'user-' || number, 'one', 'tiny', 'active' from ${each}`);
  await store.db.execute(sql`insert into runs (id, user_id, created_at, ${names})
    select 'run-' || number, 'user-' || number, now() - interval '1 hour', ${columns} from runs, ${each}
    where runs.id = ${id}`);
};

const removeOlder = (store: Store) => store.pool.query("delete from runs where id like 'run-%'");

test("where few wait a place is what it is in this moment", async () => {
  await using store = await openTestStore();
  const run = await queueRun(store, await prepareAvatar(store, { avatarId: "one" }));
  await addOlder(store, run, 20);
  expect(await findQueuePlace(store, run)).toMatchObject({ position: 21 });
  await removeOlder(store);
  expect(await findQueuePlace(store, run)).toMatchObject({ position: 1 });
});

test("where many wait they are counted once a second, however often a place is asked for", async () => {
  await using store = await openTestStore();
  const run = await queueRun(store, await prepareAvatar(store, { avatarId: "one" }));
  await addOlder(store, run, 200);
  const counted = vi.spyOn(store.pool, "query");
  const places = [];
  for (let count = 0; count < 20; count += 1) places.push(await findQueuePlace(store, run));
  expect(new Set(places.map((place) => place?.position))).toEqual(new Set([201]));
  const counts = counted.mock.calls.filter(
    ([query]) => Reflect.get(Object(query), "name") === "queue-standings",
  );
  expect(counts.length).toBeLessThan(places.length);
  counted.mockRestore();
  await removeOlder(store);
  await vi.waitFor(
    async () => expect(await findQueuePlace(store, run)).toMatchObject({ position: 1 }),
    5_000,
  );
});

test("while many are counted anew, a place is told by the last count", async () => {
  await using store = await openTestStore();
  const run = await queueRun(store, await prepareAvatar(store, { avatarId: "one" }));
  await addOlder(store, run, 200);
  await findQueuePlace(store, run);
  using _clock = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 1_500);
  await store.db.transaction(async (tx) => {
    // A count reads it, and waits.
    await tx.execute(sql`lock table usage_ledger in access exclusive mode`);
    for (let asked = 0; asked < 3; asked += 1)
      expect(await findQueuePlace(store, run)).toMatchObject({ position: 201 });
  });
});
