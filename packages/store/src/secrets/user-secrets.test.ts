import { chmod, readFile, writeFile } from "node:fs/promises";
import { getTableName, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { userSecrets } from "../tables/index.ts";
import { newMasterKey, openTestStore, type TestStore } from "../testing/index.ts";
import { checkMasterKeys, deleteUserSecret, listUserSecrets, rewrapSecrets, setUserSecret } from "./index.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { openSecret } from "./sealed-secret.ts";

const canary = "hf_canary-4711";
const place = { userId: "ada", name: "hf-token" } as const;

let store: TestStore;
let right: string;
beforeAll(async () => {
  store = await openTestStore();
  right = await readFile(keyFile(), "utf8");
});
afterAll(() => store?.[Symbol.asyncDispose]());

const keyFile = (): string =>
  store.config.masterKeyFile ?? expect.unreachable("A test store has a key file.");
const opened = async (): Promise<string[]> => {
  const rows = await store.db.select().from(userSecrets);
  return Promise.all(rows.map((row) => openSecret(store.masterKeys, row, row.sealed)));
};
const columnsOf = async (name: string) =>
  (
    await store.db.execute(sql`select table_name as table from information_schema.columns
    where table_schema = 'public' and column_name = ${name}`)
  ).rows;

test("a user's secret is told by its name alone, replaced, and deleted", async () => {
  await setUserSecret(store, place, "hf_older-one");
  const set = await setUserSecret(store, place, canary);
  expect(await listUserSecrets(store, "ada")).toEqual([set]);
  expect(set).toEqual({ name: "hf-token", setAt: expect.any(Date) });
  expect(await opened()).toEqual([canary]);
  expect(await listUserSecrets(store, "eve")).toEqual([]);
  await expect(deleteUserSecret(store, { ...place, userId: "eve" })).rejects.toMatchObject({
    code: "secret_not_found",
  });
  expect(await deleteUserSecret(store, place)).toEqual(set);
  expect(await listUserSecrets(store, "ada")).toEqual([]);
});

test("a file that others may read is told of with its remedy, and used all the same", async () => {
  const told = expect.objectContaining({
    level: "warn",
    message: expect.stringContaining("can be read by others"),
    fields: { remedy: expect.stringContaining(`chmod 600 '${keyFile()}'`) },
  });
  await checkMasterKeys(store);
  expect(store.logged).not.toContainEqual(told);
  await chmod(keyFile(), 0o640);
  await checkMasterKeys(store);
  await chmod(keyFile(), 0o600);
  expect(store.logged).toContainEqual(told);
});

test("with a wrong file nothing is lost: the log names the missing key, and the right file reads it again", async () => {
  await setUserSecret(store, place, canary);
  const [keyId] = await store.masterKeys.keyIds();
  await writeFile(keyFile(), `${newMasterKey()}\n`);
  await checkMasterKeys(store);
  expect(store.logged).toContainEqual(
    expect.objectContaining({ level: "error", fields: { code: "secret_unreadable", missing: [keyId] } }),
  );
  await expect(opened()).rejects.toMatchObject({ code: "secret_unreadable" });
  expect(await rewrapSecrets(store)).toMatchObject({ rewrapped: 0, unreadable: 1 });
  await writeFile(keyFile(), "short\n");
  await checkMasterKeys(store);
  expect(store.logged).toContainEqual(
    expect.objectContaining({ level: "error", message: expect.stringContaining("line 1") }),
  );
  await expect(setUserSecret(store, place, "hf_newer-one")).rejects.toMatchObject({
    code: "master_key_unusable",
  });
  await writeFile(keyFile(), right);
  expect(await opened()).toEqual([canary]);
});

test("after a rotation every secret is under the new key, and the old one is not needed any more", async () => {
  await setUserSecret(store, place, canary);
  await setUserSecret(store, { ...place, userId: "bob" }, `${canary}-of-bob`);
  const fresh = `${newMasterKey()}\n`;
  await writeFile(keyFile(), `${fresh}${right}`);
  const [keyId] = await store.masterKeys.keyIds();
  expect(await rewrapSecrets(store)).toEqual({ keyId, rewrapped: 2, unreadable: 0 });
  expect(await rewrapSecrets(store)).toEqual({ keyId, rewrapped: 0, unreadable: 0 });
  await writeFile(keyFile(), fresh);
  expect((await opened()).toSorted()).toEqual([canary, `${canary}-of-bob`]);
  await deleteUserSecret(store, { ...place, userId: "bob" });
});

test("every table with sealed secrets takes part in a rotation", async () => {
  const known = sealedColumns.map(({ table }) => ({ table: getTableName(table) }));
  expect(await columnsOf("sealed")).toEqual(known);
});
