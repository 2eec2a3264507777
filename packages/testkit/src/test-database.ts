import { randomBytes } from "node:crypto";
import pg from "pg";
import { testServices } from "./services.ts";

/**
 * A new, empty database of its own.
 *
 * @example await using database = await createTestDatabase();
 */
export const createTestDatabase = async (): Promise<AsyncDisposable & { url: string }> => {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(`create database ${name}`);
  const url = new URL(testServices().databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    // A test that failed may have left connections open.
    [Symbol.asyncDispose]: () => execute(`drop database ${name} with (force)`),
  };
};

const execute = async (sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: testServices().databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};
