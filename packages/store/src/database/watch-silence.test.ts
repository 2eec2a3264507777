import { startTcpProxy, type TcpProxy } from "@loraloom/testkit";
import { sql } from "drizzle-orm";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Database } from "../store.ts";
import { users } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { withAdvisoryLock } from "./advisory-lock.ts";
import { databaseFailure } from "./failures.ts";
import { openDatabase } from "./open-database.ts";
import { openPool } from "./pool.ts";

const silenceMilliseconds = 250;

/** A pool whose way to the database has a door. */
const openBehindDoor = async (): Promise<
  AsyncDisposable & { pool: pg.Pool; db: Database; door: TcpProxy }
> => {
  await using opened = new AsyncDisposableStack();
  const { config, log } = opened.use(await openTestStore());
  const url = new URL(config.databaseUrl);
  const door = opened.use(await startTcpProxy({ host: url.hostname, port: Number(url.port) }));
  url.port = String(door.port);
  const pool = openPool(url.href, log, { silenceMilliseconds });
  opened.defer(() => pool.end());
  const resources = opened.move();
  return { pool, db: openDatabase(pool, log), door, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error) => error,
  );

test("a network that drops what is said to the database makes a statement fail, and the next one goes on", async () => {
  await using opened = await openBehindDoor();
  const { db, door, pool } = opened;
  await db.$count(users);
  door.silence();
  expect(databaseFailure(await failureOf(db.$count(users).then()))).toMatchObject({
    code: "database_unavailable",
    retryable: true,
  });
  expect(await db.$count(users)).toBe(0);
  expect(pool.totalCount).toBe(1);
});

test("a transaction whose next answer is lost fails, is undone, and its connection is not used again", async () => {
  await using opened = await openBehindDoor();
  const { db, door, pool } = opened;
  const failure = await failureOf(
    db.transaction(async (tx) => {
      await tx.insert(users).values({ id: "ada" });
      door.silence();
      await tx.insert(users).values({ id: "bob" });
    }),
  );
  expect(databaseFailure(failure)).toMatchObject({ code: "database_unavailable" });
  expect(pool.totalCount).toBe(0);
});

test("of statements that are sent together the answer to the last is missed, too", async () => {
  await using opened = await openBehindDoor();
  const { door, pool } = opened;
  const sent = withAdvisoryLock({ pool }, "name", (db) =>
    Promise.all([
      db.$count(users).then(() => door.silence()),
      // Is answered after the door is shut.
      db.execute(sql`select pg_sleep(0.5)`).execute(),
    ]),
  );
  expect(databaseFailure(await failureOf(sent))).toMatchObject({ code: "database_unavailable" });
  expect(pool.totalCount).toBe(0);
});

/** How an answer ends, refused or not. */
const ready = Buffer.from("Z\0\0\0\x05I", "latin1");

test("where the end of a refused statement's answer is lost the next one's is missed", async () => {
  await using opened = await openBehindDoor();
  const { door, pool } = opened;
  const sent = withAdvisoryLock({ pool }, "name", async (db) => {
    door.silenceAt(ready);
    const refused = db.execute(sql`select 1 / 0`).execute();
    const [, behind] = await Promise.allSettled([refused, db.execute(sql`select 1`).execute()]);
    await expect(refused).rejects.toMatchObject({ cause: { message: "division by zero" } });
    if (behind.status === "rejected") throw behind.reason;
  });
  expect(databaseFailure(await failureOf(sent))).toMatchObject({ code: "database_unavailable" });
});

test("a statement that the database works on may take many times as long", async () => {
  await using opened = await openBehindDoor();
  expect(await opened.db.execute(sql`select pg_sleep(1.2)`)).toMatchObject({ rowCount: 1 });
});

test("a statement that waits for another's lock is left alone, and so is who holds it and asks nothing", async () => {
  await using opened = await openBehindDoor();
  const { pool } = opened;
  const held = Promise.withResolvers<void>();
  const first = withAdvisoryLock({ pool }, "name", async (db) => {
    held.resolve();
    // Of work elsewhere, such as in the object store.
    await pool.query("select pg_sleep(1)");
    return db.$count(users);
  });
  await held.promise;
  const second = withAdvisoryLock({ pool }, "name", (db) => db.$count(users));
  expect(await Promise.all([first, second])).toEqual([0, 0]);
});
