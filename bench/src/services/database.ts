import { randomBytes } from "node:crypto";
import pg from "pg";

/** A new, empty database; it goes with the services. @returns its URL */
export const createDatabase = async (databaseUrl: string): Promise<string> => {
  const name = `bench_${randomBytes(6).toString("hex")}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
};
