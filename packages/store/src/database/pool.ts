import { LoraloomError } from "@loraloom/errors";
import pg from "pg";
import type { Logger } from "../store.ts";
import { watchSilence } from "./watch-silence.ts";

/** Enough for a host's requests beside the locks that wait for S3. */
const maxConnections = 20;
/** Also the wait for a free one: a burst of a thousand short transactions is got over. */
const connectionTimeoutMillis = 30_000;
/**
 * A process that is paused in the middle of a transaction keeps its locks, and nobody could take its run over:
 * the database ends such a transaction long before two leases have passed.
 */
const idleInTransactionMilliseconds = 10_000;

/** Longer than nearly all statements take; for the others the database is asked each time whether it is still there. */
const usualSilenceMilliseconds = 30_000;
/** Of a connection that waits for an answer or for nothing; after ten of its probes a second apart it is lost. */
const keepAliveInitialDelayMillis = 10_000;

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: unknown) => void,
) => void;

/** A pool whose failure to connect is one of our errors; the driver's own carry no code. */
class StorePool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<pg.PoolClient> | undefined {
    if (!connected) {
      return super.connect().catch((error) => {
        throw unreachable(error);
      });
    }
    super.connect((error, client, release) => connected(error && unreachable(error), client, release));
    return undefined;
  }
}

const unreachable = (cause: Error): LoraloomError =>
  new LoraloomError("database_unavailable", "No connection to the database.", { cause });

export const openPool = (
  databaseUrl: string,
  log: Logger,
  { silenceMilliseconds = usualSilenceMilliseconds } = {},
): pg.Pool => {
  const pool = new StorePool({
    connectionString: databaseUrl,
    max: maxConnections,
    connectionTimeoutMillis,
    application_name: "loraloom",
    keepAlive: true,
    keepAliveInitialDelayMillis,
    // Statements that need no answer of each other are sent without waiting for it; see sendTogether.
    pipeline: true,
  });
  // An idle connection that ends is replaced by the next query; without a listener it ends the process.
  pool.on("error", (error) => log.warn({ error }, "an idle database connection ended"));
  // One in use that is cut between two queries: the next query fails by itself, and that is dealt with.
  pool.on("connect", (client) => {
    watchSilence(client, { pool, silenceMilliseconds, log });
    client.on("error", (error) => log.warn({ error }, "a database connection in use was cut"));
    boundTransactions(client);
  });
  return pool;
};

/** By a statement in front of all others: PgBouncer refuses who asks for it as a connection begins. */
const boundTransactions = (client: pg.PoolClient): void => {
  client
    .query(`set idle_in_transaction_session_timeout = ${idleInTransactionMilliseconds}`)
    .catch((error) => client.connection.stream.destroy(error));
};
