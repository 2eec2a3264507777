import { DrizzleQueryError, fillPlaceholders, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import type { Executor } from "../store.ts";

const dialect = new PgDialect();

/** Sends a prepared statement with values for its placeholders, before it waits for anything. @returns its rows */
export type Prepared<Row> = (
  db: Pick<Executor, "$client">,
  values: Record<string, unknown>,
) => Promise<Row[]>;

/**
 * A statement for calls that come by the thousand: its text is made once, and read once by each connection.
 * What it returns are the database's own values under the names that it gives them.
 *
 * @param name of no other statement
 * @example const countNames = prepared<{ count: number }>("count-names", sql`select … where name = ${sql.placeholder("name")}`);
 */
export const prepared = <Row extends pg.QueryResultRow>(name: string, statement: SQL): Prepared<Row> => {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return async (db, values) => {
    const filled = fillPlaceholders(params, values);
    try {
      const { rows } = await db.$client.query<Row>({ name, text, values: filled });
      return rows;
    } catch (cause) {
      // As drizzle's own queries fail, by which a lost database is told from a refused statement.
      throw new DrizzleQueryError(text, filled, cause instanceof Error ? cause : new Error(String(cause)));
    }
  };
};
