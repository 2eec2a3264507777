import { testServices } from "@loraloom/testkit";
import pg from "pg";
import { migrateDatabase } from "../database/migrate.ts";

const template = "migrated_template";
const unfinished = "unfinished_template";
/** Any fixed number: of all workers one makes the template. */
const templateLock = 7_305_129_447;

let found: Promise<string> | undefined;

/** The name of a database with all tables and no rows, made once for a test run: a copy takes half the time. */
export const migratedTemplate = (): Promise<string> => {
  found ??= findOrMake();
  return found;
};

const findOrMake = async (): Promise<string> => {
  const client = new pg.Client({ connectionString: testServices().databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [templateLock]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [template]);
    if (!rowCount) await make(client);
    return template;
  } finally {
    await client.end();
  }
};

/** It has its name once it is whole. */
const make = async (client: pg.Client): Promise<void> => {
  await client.query(`drop database if exists ${unfinished}`);
  await client.query(`create database ${unfinished}`);
  await migrate(unfinished);
  await client.query(`alter database ${unfinished} rename to ${template}`);
};

const migrate = async (database: string): Promise<void> => {
  const url = new URL(testServices().databaseUrl);
  url.pathname = `/${database}`;
  const pool = new pg.Pool({ connectionString: url.href });
  try {
    await migrateDatabase(pool);
  } finally {
    await pool.end();
  }
};
