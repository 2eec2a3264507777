import { sql } from "drizzle-orm";
import { getObject, listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";

/** Every table of every schema but Postgres' own, and every object, in whose text something stands. */
export const findTraces = async (store: Store, text: string): Promise<string[]> => [
  ...(await tracesInTables(store, text)),
  ...(await tracesInObjects(store, text)),
];

const tracesInTables = async ({ db }: Store, text: string): Promise<string[]> => {
  const found: string[] = [];
  for (const { schema, name } of await tablesOf(db)) {
    const table = sql`${sql.identifier(schema)}.${sql.identifier(name)}`;
    const { rows } = await db.execute(sql`select from ${table} as row where strpos(row::text, ${text}) > 0`);
    if (rows.length > 0) found.push(`${schema}.${name}`);
  }
  return found;
};

/** Of tables in parts only the parts. */
const tablesOf = async (db: Store["db"]): Promise<{ schema: string; name: string }[]> => {
  const { rows } = await db.execute<{ schema: string; name: string }>(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    order by 1, 2`);
  return rows;
};

const tracesInObjects = async ({ objects }: Store, text: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of listObjects(objects, "")) {
    const object = await getObject(objects, { key });
    const body = Buffer.from((await object?.bytes()) ?? []).toString("latin1");
    if (key.includes(text) || body.includes(text)) found.push(key);
  }
  return found;
};
