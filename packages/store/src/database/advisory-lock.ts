import { LoraloomError } from "@loraloom/errors";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Database, Store } from "../store.ts";
import * as tables from "../tables/index.ts";

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
  let broken: Error | undefined;
  try {
    await lock(client, name);
    const result = await work(drizzle(client, { schema: tables }));
    await client.query("select pg_advisory_unlock(hashtextextended($1, 0))", [name]);
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

const lock = async (client: pg.PoolClient, name: string): Promise<void> => {
  try {
    await client.query("begin");
    await client.query(`set local lock_timeout = '${patience}'`);
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [name]);
    await client.query("commit");
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== lockNotAvailable) throw error;
    throw new LoraloomError("database_unavailable", `'${name}' stayed locked for ${patience}.`, {
      cause: error,
    });
  }
};
