import { randomBytes } from "node:crypto";
import { execute } from "./execute.ts";
import { testServices } from "./services.ts";

export type TestDatabaseOptions = {
  /** The name of a database that nobody is connected with; the new one is its copy. */
  template?: string;
};

/**
 * A new database of its own, empty unless it is a template's copy.
 *
 * @example await using database = await createTestDatabase();
 */
export const createTestDatabase = async ({
  template,
}: TestDatabaseOptions = {}): Promise<AsyncDisposable & { url: string }> => {
  const { databaseUrl } = testServices();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(databaseUrl, `create database ${name}${template ? ` template ${template}` : ""}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    // A test that failed may have left connections open.
    [Symbol.asyncDispose]: () => execute(databaseUrl, `drop database ${name} with (force)`),
  };
};
