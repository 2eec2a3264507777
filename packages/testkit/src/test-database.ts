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
  await execute(
    databaseUrl,
    `create database ${name}${template ? ` template ${template} strategy file_copy` : ""}`,
  );
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => close(databaseUrl, name) };
};

/**
 * Nobody can use it any longer; a test that failed may have left connections open. Its files go with the server's
 * folder at the end of the run: some file systems take ten times as long to make files where others were deleted
 * shortly before.
 */
const close = async (databaseUrl: string, name: string): Promise<void> => {
  await execute(databaseUrl, `alter database ${name} allow_connections false`);
  await execute(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
};
