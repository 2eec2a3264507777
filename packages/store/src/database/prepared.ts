import { DrizzleQueryError, fillPlaceholders, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";

const dialect = new PgDialect();

/** Runs a prepared statement with values for its placeholders. @returns its rows */
export type Prepared<Row> = (pool: pg.Pool, values: Record<string, unknown>) => Promise<Row[]>;

/**
 * A statement for calls that come by the thousand: its text is made once, and read and planned once by each connection.
 * What it returns are the database's own values under the names that it gives them.
 *
 * @param name of no other statement
 * @example const countNames = prepared<{ count: number }>("count-names", sql`select … where name = ${sql.placeholder("name")}`);
 */
export const prepared = <Row extends pg.QueryResultRow>(name: string, statement: SQL): Prepared<Row> => {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return async (pool, values) => {
    const filled = fillPlaceholders(params, values);
    try {
      const { rows } = await pool.query<Row>({ name, text, values: filled });
      return rows;
    } catch (cause) {
      // As drizzle's own queries fail, by which a lost database is told from a refused statement.
      throw new DrizzleQueryError(text, filled, cause instanceof Error ? cause : new Error(String(cause)));
    }
  };
};
