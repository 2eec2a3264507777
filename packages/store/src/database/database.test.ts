import { once } from "node:events";
import { createServer } from "node:net";
import { LoraloomError } from "@loraloom/errors";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { users } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { withAdvisoryLock } from "./advisory-lock.ts";
import { databaseFailure } from "./failures.ts";
import { openPool } from "./pool.ts";
import { prepared } from "./prepared.ts";

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error) => error,
  );

test("a connection that ends in the middle of a query is database_unavailable, and the next query works", async () => {
  await using store = await openTestStore();
  const end = store.db.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
  expect(databaseFailure(await failureOf(end))).toMatchObject({
    code: "database_unavailable",
    retryable: true,
  });
  expect(await store.db.$count(users)).toBe(0);
});

test("the database ends a transaction of ours that stands still for 10 s", async () => {
  await using store = await openTestStore();
  const { rows } = await store.pool.query("show idle_in_transaction_session_timeout");
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: "10s" }]);
});

test("an answer that never comes and a port where nobody listens are database_unavailable", async () => {
  await using store = await openTestStore();
  await using server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  for (const url of [`postgres://u:p@127.0.0.1:${port}/d`, "postgres://u:p@127.0.0.1:9/d"]) {
    const pool = openPool(url, store.log);
    const error = await failureOf(pool.query("select 1"));
    expect(databaseFailure(error)).toMatchObject({ code: "database_unavailable" });
    expect((error as Error).cause).toBeInstanceOf(Error);
    await pool.end();
  }
});

test("a prepared statement that loses its connection is database_unavailable, and is prepared again on the next one", async () => {
  await using store = await openTestStore();
  const end = prepared(
    "end-myself",
    sql`select pg_terminate_backend(pg_backend_pid()) where ${sql.placeholder("now")}`,
  );
  const failure = await failureOf(end(store.db, { now: true }));
  expect(databaseFailure(failure)).toMatchObject({ code: "database_unavailable" });
  expect(await end(store.db, { now: false })).toEqual([]);
});

test("what others were in the way of, or what stood still too long, may be asked again", async () => {
  await using store = await openTestStore();
  for (const state of ["40001", "40P01", "25P03"]) {
    const raised = sql.raw(`do $$ begin raise exception 'given up' using errcode = '${state}'; end $$`);
    expect(databaseFailure(await failureOf(store.db.execute(raised)))).toMatchObject({
      ...{ code: "database_unavailable", retryable: true },
    });
  }
});

test("the server's own answers are no lost database, and our errors stay what they are", async () => {
  await using store = await openTestStore();
  expect(databaseFailure(await failureOf(store.db.execute(sql`select 1 / 0`)))).toBeUndefined();
  expect(databaseFailure(new LoraloomError("run_not_found", "There is none."))).toBeUndefined();
  expect(databaseFailure(new TypeError("a bug"))).toBeUndefined();
});

test("a lock is held over several transactions, and the next one waits for its end", async () => {
  await using store = await openTestStore();
  const steps: string[] = [];
  const first = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const one = withAdvisoryLock(store, "name", async (db) => {
    steps.push("one in");
    entered.resolve();
    await db.insert(users).values({ id: "u" });
    await first.promise;
    steps.push("one out");
  });
  await entered.promise;
  const two = withAdvisoryLock(store, "name", async () => steps.push("two in"));
  await withAdvisoryLock(store, "another name", async () => steps.push("another"));
  first.resolve();
  await Promise.all([one, two]);
  expect(steps).toEqual(["one in", "another", "one out", "two in"]);
});

test("an error of the work is kept where the connection that held the lock is lost too", async () => {
  await using store = await openTestStore();
  const failed = withAdvisoryLock(store, "name", async (db) => {
    await db.execute(sql`select pg_terminate_backend(pg_backend_pid())`).catch(() => undefined);
    throw new Error("mine");
  });
  await expect(failed).rejects.toThrow("mine");
});

test("a connection that is lost after the work that it held a lock for is database_unavailable", async () => {
  await using store = await openTestStore();
  const failure = await failureOf(
    withAdvisoryLock(store, "name", (db) =>
      db.execute(sql`select pg_terminate_backend(pg_backend_pid())`).catch(() => undefined),
    ),
  );
  expect(databaseFailure(failure)).toMatchObject({ code: "database_unavailable", retryable: true });
});

test("work that throws gives its lock back and keeps its error", async () => {
  await using store = await openTestStore();
  const failed = withAdvisoryLock(store, "name", (db) =>
    db.transaction(async () => Promise.reject(new Error("mine"))),
  );
  await expect(failed).rejects.toThrow("mine");
  expect(await withAdvisoryLock(store, "name", (db) => db.$count(users, eq(users.id, "u")))).toBe(0);
});
