import { LoraloomError } from "@loraloom/errors";
import { DrizzleQueryError, sql } from "drizzle-orm";
import pg from "pg";
import type { Database, Store } from "../store.ts";
import { overConnection } from "./open-database.ts";

/** Longer than any step against S3 with its repeats takes. */
const patience = "60s";
const lockNotAvailable = "55P03";

/**
 * Does work that only one process may do at a time, over several transactions and requests to S3.
 * The work uses the connection it is given: it holds the lock, and a second one might never come.
 *
 * @throws LoraloomError `database_unavailable` when the lock stays taken
 */
export const withAdvisoryLock = async <Result>(
  store: Pick<Store, "pool">,
  name: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> => {
  const client = await store.pool.connect();
  // Its queries fail in a way that tells a lost database from a refused statement; the driver's own don't.
  const db = overConnection(client);
  let broken: Error | undefined;
  try {
    await lock(db, name);
    const result = await work(db);
    await db.execute(sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`);
    return result;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // After a failure the connection is closed, and with it goes the lock: to unlock over a lost one would
    // hide the error of the work.
    client.release(broken);
  }
};

const lock = async (db: Database, name: string): Promise<void> => {
  try {
    await db.execute(sql.raw(patientlyLocking(name)));
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    throw new LoraloomError("database_unavailable", `'${name}' stayed locked for ${patience}.`, {
      cause: error,
    });
  }
};

/** In one round trip: without values the database takes several statements at once. */
const patientlyLocking = (name: string): string => `begin; set local lock_timeout = '${patience}';
  select pg_advisory_lock(hashtextextended(${pg.escapeLiteral(name)}, 0)); commit`;

const isLockNotAvailable = (error: unknown): boolean =>
  error instanceof DrizzleQueryError &&
  error.cause instanceof pg.DatabaseError &&
  error.cause.code === lockNotAvailable;
