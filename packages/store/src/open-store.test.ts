import { sql } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { describeError } from "./describe-error.ts";
import { openStore } from "./open-store.ts";
import { createTestLogger, openTestStore } from "./testing/index.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("processes that start at once bring the tables up to date once", async () => {
  await using store = await openTestStore();
  await store.pool.query("drop schema public cascade; create schema public; drop schema drizzle cascade");
  const { log } = createTestLogger();
  const stores = await Promise.all([1, 2, 3].map(() => openStore(store.config, log)));
  const { rows } = await store.db.execute(
    sql`select count(*) = count(distinct hash) and count(*) > 0 as once from drizzle.__drizzle_migrations`,
  );
  await Promise.all(stores.map((opened) => opened[Symbol.asyncDispose]()));
  expect(rows).toEqual([{ once: true }]);
});

test("a database that does not answer is named without its password", async () => {
  await using store = await openTestStore();
  const config = { ...store.config, databaseUrl: "postgres://someone:canary-password@127.0.0.1:9/loraloom" };
  const { log, logged } = createTestLogger();
  const error: Error = await openStore(config, log).then(
    () => expect.unreachable(),
    (failure) => failure,
  );
  expect(error).toMatchObject({
    code: "database_unavailable",
    message: expect.stringContaining("127.0.0.1:9/loraloom"),
  });
  expect(error.message + JSON.stringify(logged)).not.toContain("canary-password");
});

test.each([
  [-7_200_000, "7200 s behind"],
  [7_200_000, "7200 s ahead of"],
])("a clock that is %d ms off is told in the log, with by how much", async (off, words) => {
  await using store = await openTestStore();
  const { log, logged } = createTestLogger();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + off });
  await using _opened = await openStore(store.config, log);
  vi.useRealTimers();
  expect(logged).toMatchObject([
    { level: "warn", message: expect.stringContaining(`${words} the database's`) },
  ]);
  expect(store.logged).toEqual([]);
});

test("a wrong database password fails at once", async () => {
  await using store = await openTestStore();
  const url = new URL(store.config.databaseUrl);
  url.password = "canary-password";
  const { log, logged } = createTestLogger();
  const refused = await openStore({ ...store.config, databaseUrl: url.href }, log).catch((error) => error);
  expect(refused).toMatchObject({
    code: "database_unavailable",
    message: `The database at ${url.host}${url.pathname} refuses the sign-in of '${url.username}': check the user and the password in DATABASE_URL.`,
    remedy: expect.stringContaining("DATABASE_URL is right"),
  });
  expect(JSON.stringify(describeError(refused))).not.toContain("canary-password");
  expect(logged).toEqual([]);
});

test("a database that is not there is told from one that does not answer", async () => {
  await using store = await openTestStore();
  const url = new URL(store.config.databaseUrl);
  url.pathname = "/nowhere";
  const { log } = createTestLogger();
  await expect(openStore({ ...store.config, databaseUrl: url.href }, log)).rejects.toMatchObject({
    code: "database_unavailable",
    message: `The database at ${url.host}/nowhere does not exist: check the name in DATABASE_URL.`,
  });
});

test("an object store that does not answer is named", async () => {
  await using store = await openTestStore();
  const objects = { ...store.config.objects, endpoint: "http://127.0.0.1:9" };
  const { log } = createTestLogger();
  await expect(openStore({ ...store.config, objects }, log)).rejects.toMatchObject({
    code: "storage_unavailable",
    message: expect.stringContaining("http://127.0.0.1:9"),
  });
});

test("a connection that is cut while it is held, between two queries, ends nothing but itself", async () => {
  await using store = await openTestStore();
  const held = await store.pool.connect();
  const { rows } = await held.query<{ pid: number }>("select pg_backend_pid() as pid");
  const cut = new Promise<void>((resolve) => held.once("end", resolve));
  await store.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  await cut;
  await expect(held.query("select 1")).rejects.toThrow();
  held.release(true);
  await expect(store.pool.query("select 1")).resolves.toMatchObject({ rowCount: 1 });
});
