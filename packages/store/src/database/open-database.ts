import { drizzle, NodePgSession } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import type { Database, Logger } from "../store.ts";
import { isGivenUp } from "./failures.ts";

/** Of statements alone: nothing here reads by drizzle's relations, which each transaction would set up anew. */
const Session = NodePgSession<Record<string, never>, Record<string, never>>;

/** Of those that wait for each other one goes on each time. */
const mostTries = 5;

/**
 * The tables over a pool. A transaction that the database gives up, as it and another one wait for each other, is done
 * again from its beginning: what it does beside its statements has to bear that.
 *
 * drizzle's own transactions never give a connection back that is lost while they begin: the pool would be short of it
 * from then on, and its end would wait for it for ever.
 */
export const openDatabase = (pool: pg.Pool, log: Pick<Logger, "warn">): Database => {
  const db = drizzle(pool);
  const dialect = new PgDialect();
  const once: Database["transaction"] = async (work, config) => {
    const client = await pool.connect();
    try {
      return await new Session(client, dialect, undefined).transaction(work, config);
    } finally {
      client.release();
    }
  };
  db.transaction = async (work, config) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(work, config);
      } catch (error) {
        if (tries === mostTries || !isGivenUp(error)) throw error;
        log.warn({ err: error, tries }, "a transaction was given up by the database, and is done again");
      }
    }
  };
  return db;
};
