import { eq, sql } from "drizzle-orm";
import type pg from "pg";
import { expect, test } from "vitest";
import { users } from "../tables/index.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import type { Transaction } from "../transaction.ts";
import { openDatabase } from "./open-database.ts";
import { openPool } from "./pool.ts";
import { prepared } from "./prepared.ts";
import { sendTogether } from "./send-together.ts";

test("a connection that is lost while a transaction begins is given back, and the pool can end", async () => {
  await using store = await openTestStore();
  const pool = openPool(store.config.databaseUrl, store.log);
  const db = openDatabase(pool, store.log);
  pool.once("acquire", (client) => void client.end());
  await expect(db.transaction(async (tx) => tx.$count(users))).rejects.toThrow();
  expect(pool.totalCount).toBe(pool.idleCount);
  expect(await db.transaction(async (tx) => tx.$count(users))).toBe(0);
  await pool.end();
});

/** The database is sent another `begin`, which it refuses. */
const refuseBegin = (client: pg.PoolClient): void => {
  const query: (...asked: unknown[]) => unknown = client.query.bind(client);
  Object.assign(client, {
    query: (asked: unknown, ...others: unknown[]) =>
      query(asked === "begin" ? "begin nothing" : asked, ...others),
  });
};

test("where the database refuses to begin a transaction nothing but what was sent with that is done", async () => {
  await using store = await openTestStore();
  store.pool.once("acquire", refuseBegin);
  const refused = store.db.transaction(async (tx) => {
    await tx.insert(users).values({ id: "sent with it" });
    await tx.insert(users).values({ id: "later" });
  });
  await expect(refused).rejects.toMatchObject({ cause: { code: "42601" } });
  expect(await store.db.$count(users, eq(users.id, "later"))).toBe(0);
  await store.db.transaction((tx) => tx.insert(users).values({ id: "next" }));
  expect(await store.db.$count(users, eq(users.id, "next"))).toBe(1);
});

test("a transaction that goes on after a statement has failed is not taken for done", async () => {
  await using store = await openTestStore();
  const overlooked = store.db.transaction(async (tx) => {
    await tx.insert(users).values({ id: "one" });
    await tx.execute(sql`select 1 / 0`).catch(() => undefined);
  });
  await expect(overlooked).rejects.toThrow("was undone");
  expect(await store.db.$count(users)).toBe(0);
});

test("a connection that prepared a statement for a table's earlier columns is not used again", async () => {
  await using store = await openTestStore();
  const selectAll = prepared("all-of-a-test", sql`select * from things`);
  const readAll = () => store.db.transaction((tx) => selectAll(tx, {}));
  await store.pool.query("create table things (one text)");
  expect(await readAll()).toEqual([]);
  await store.pool.query("alter table things add two text");
  await expect(readAll()).rejects.toMatchObject({ cause: { code: "0A000" } });
  expect(await readAll()).toEqual([]);
});

type LockRow = (tx: Transaction, id: string) => Promise<unknown>;

/** Two transactions that each lock a row and then want the other one's; `entered` is told each time that one begins. */
const crossed = async (store: TestStore, entered: () => void, lockSecond: LockRow): Promise<unknown[]> => {
  await store.db.insert(users).values([{ id: "one" }, { id: "two" }]);
  const both = Promise.withResolvers<void>();
  let locked = 0;
  const inTurn = (first: string, second: string) =>
    store.db.transaction(async (tx) => {
      entered();
      await selectLocked(tx, first);
      locked += 1;
      if (locked === 2) both.resolve();
      await both.promise;
      return lockSecond(tx, second);
    });
  return Promise.all([inTurn("one", "two"), inTurn("two", "one")]);
};

const selectLocked = (tx: Transaction, id: string) =>
  tx.select({ id: users.id }).from(users).where(eq(users.id, id)).for("update");

const countOthers = (tx: Transaction, id: string) =>
  tx.execute(sql`select count(*)::int as count from users where id <> ${id}`);

test.each<[string, LockRow, (id: string) => unknown]>([
  ["alone", async (tx, id) => selectLocked(tx, id), (id) => [{ id }]],
  [
    "together with another",
    (tx, id) => sendTogether(tx, selectLocked(tx, id), countOthers(tx, id)),
    (id) => [[{ id }], { rows: [{ count: 1 }] }],
  ],
])(
  "of two transactions that wait for each other by a statement that is sent %s one is done again",
  async (_, lockSecond, answerOf) => {
    await using store = await openTestStore();
    let begun = 0;
    const answers = await crossed(
      store,
      () => {
        begun += 1;
      },
      lockSecond,
    );
    expect(answers).toMatchObject([answerOf("two"), answerOf("one")]);
    // Who is quick may be in the other one's way once more.
    expect(begun).toBeGreaterThanOrEqual(3);
    expect(store.logged).toContainEqual(
      expect.objectContaining({ level: "warn", message: expect.stringContaining("done again") }),
    );
  },
);
