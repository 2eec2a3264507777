import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { findFreePort } from "../src/ports.ts";
import { startPostgres } from "../src/postgres.ts";
import { chooseUnprivileged, type PostgresUser } from "../src/postgres-user.ts";
import { findBinaries } from "../src/python-binaries.ts";
import { readSettings } from "../src/settings.ts";

const isRoot = process.getuid?.() === 0;
const { postgresFolder } = await findBinaries(readSettings().python);

const createFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom postgres "));
  // mkdtemp keeps others out, and one way of running Postgres is as somebody else.
  await chmod(folder, 0o755);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

const start = async (folder: string, user?: PostgresUser) =>
  startPostgres({
    dataDir: join(folder, "cluster"),
    port: await findFreePort(),
    password: "right password",
    postgresFolder,
    logFile: join(folder, "postgres.log"),
    user,
  });

const query = async (connectionString: string, sql: string) => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

test("without a password or with a wrong one nobody gets in", async () => {
  await using place = await createFolder();
  await using postgres = await start(place.folder);
  const wrong = new URL(postgres.url);
  wrong.password = "wrong";
  await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  wrong.password = "";
  await expect(query(wrong.href, "select 1")).rejects.toThrow();
  expect(await query(postgres.url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
});

test.runIf(isRoot)(
  "root runs it in a user namespace, then as an unprivileged account, on one cluster",
  async () => {
    await using place = await createFolder();
    const ownerOfData = async () => (await stat(join(place.folder, "cluster", "data"))).uid;
    {
      await using postgres = await start(place.folder, { kind: "namespace" });
      await query(postgres.url, "create table kept (value int)");
      await query(postgres.url, "insert into kept values (7)");
      expect(await ownerOfData()).toBe(0);
    }
    const nobody = await chooseUnprivileged(place.folder, postgresFolder);
    {
      await using postgres = await start(place.folder, nobody);
      expect(await query(postgres.url, "select value from kept")).toEqual([{ value: 7 }]);
      expect(await ownerOfData()).toBe(nobody.kind === "unprivileged" ? nobody.uid : -1);
    }
    await using postgres = await start(place.folder, { kind: "namespace" });
    expect(await query(postgres.url, "select value from kept")).toEqual([{ value: 7 }]);
  },
);

test.runIf(isRoot)("a new cluster of the unprivileged account starts as well", async () => {
  await using place = await createFolder();
  await using postgres = await start(place.folder, await chooseUnprivileged(place.folder, postgresFolder));
  expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test.runIf(isRoot)("where nobody can run Postgres for root, the error names DATABASE_URL", async () => {
  await expect(chooseUnprivileged("/closed/folder", "/no/such/folder")).rejects.toMatchObject({
    code: "bad_configuration",
    message: expect.stringContaining("DATABASE_URL"),
  });
});

test("an unrecorded server on the same cluster is ended by the next start", async () => {
  await using place = await createFolder();
  const orphan = await start(place.folder);
  await using postgres = await start(place.folder);
  expect(postgres.pid).not.toBe(orphan.pid);
  await expect(query(orphan.url, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
});
