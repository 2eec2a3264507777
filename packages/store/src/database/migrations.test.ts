import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestDatabase } from "@loraloom/testkit";
import pg from "pg";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../migrations");

/** A database that has run a migration never runs it again: what changes afterwards needs one of its own. */
test("every migration is as it was released", async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const hashes = names.map(async (name) => {
    const sha256 = createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
    return [name.replace(/\.sql$/, ""), sha256];
  });
  const released: unknown = JSON.parse(await readFile(join(folder, "released.json"), "utf8"));
  expect(Object.fromEntries(await Promise.all(hashes))).toEqual(released);
});

type Column = { name: string; table: string; isDemanded: boolean };

const readColumns = async (client: pg.Client): Promise<Column[]> => {
  const { rows } =
    await client.query<Column>(`select table_name as table, table_name || '.' || column_name as name,
      is_nullable = 'NO' and column_default is null and is_identity = 'NO' as "isDemanded"
    from information_schema.columns where table_schema = 'public'`);
  return rows;
};

/** During an upgrade they go on beside newer ones: they write rows without what they don't know. */
test("hosts of every version before find all their columns, and need to fill in no new one", async () => {
  await using database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const versions: Column[][] = [];
  for (const name of (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort()) {
    await client.query(await readFile(join(folder, name), "utf8"));
    versions.push(await readColumns(client));
  }
  await client.end();
  const now = versions.at(-1) ?? expect.fail("There is no migration.");
  for (const before of versions) {
    const known = new Set(before.map(({ name }) => name));
    const tables = new Set(before.map(({ table }) => table));
    const isNew = ({ name, table }: Column) => tables.has(table) && !known.has(name);
    expect(before.filter(({ name }) => !now.some((column) => column.name === name))).toEqual([]);
    expect(now.filter((column) => isNew(column) && column.isDemanded)).toEqual([]);
  }
});
