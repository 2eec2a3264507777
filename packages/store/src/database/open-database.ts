import type { ExtractTablesWithRelations } from "drizzle-orm";
import { drizzle, NodePgSession } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import type { Database } from "../store.ts";
import * as tables from "../tables/index.ts";

type Relations = ExtractTablesWithRelations<typeof tables>;
const Session = NodePgSession<typeof tables, Relations>;

/**
 * The tables over a pool. drizzle's own transactions never give a connection back that is lost while they begin:
 * the pool would be short of it from then on, and its end would wait for it for ever.
 */
export const openDatabase = (pool: pg.Pool): Database => {
  const db = drizzle(pool, { schema: tables });
  const dialect = new PgDialect();
  const { schema, fullSchema, tableNamesMap } = db._;
  const relations = schema && { schema, fullSchema, tableNamesMap };
  db.transaction = async (work, config) => {
    const client = await pool.connect();
    try {
      return await new Session(client, dialect, relations).transaction(work, config);
    } finally {
      client.release();
    }
  };
  return db;
};
