import { Socket } from "node:net";
import pg from "pg";
import type { Logger } from "../store.ts";

/** So long the database may take to say whether it works on something. */
const askMilliseconds = 10_000;

type Watched = { pool: pg.Pool; silenceMilliseconds: number; log: Pick<Logger, "warn"> };

/**
 * Breaks a connection whose answer is lost: where a network drops its packets without a word, whoever waits for an
 * answer would wait for a quarter of an hour or for ever. After a silence the database is asked over another
 * connection whether it still works on this one's statement, so that one may take as long as it needs: a migration, a
 * sweep or a wait for a lock. Who holds a connection and has asked nothing is left alone.
 */
export const watchSilence = (client: pg.PoolClient, watched: Watched): void => {
  const { stream } = client.connection;
  // TLS has one, too.
  if (!(stream instanceof Socket)) return;
  stream.setTimeout(watched.silenceMilliseconds);
  stream.on("timeout", async () => {
    const asked = statementOf(client);
    if (!asked) return;
    const isAlive = await isWorkedOn(client, watched);
    if (stream.destroyed || statementOf(client) !== asked) return;
    if (isAlive) stream.setTimeout(watched.silenceMilliseconds);
    else stream.destroy(new Error("The database has answered, and the answer did not come."));
  });
};

/** Whether the database works on what a connection asked it; not so where it can't be asked either. */
const isWorkedOn = async (client: pg.PoolClient, { pool, log }: Watched): Promise<boolean> => {
  const asking = new pg.Client({
    connectionString: pool.options.connectionString,
    connectionTimeoutMillis: askMilliseconds,
    query_timeout: askMilliseconds,
    application_name: "loraloom-silence",
  });
  asking.on("error", (error) => log.warn({ error }, "the connection that asks after a silence was lost"));
  try {
    await asking.connect();
    const { rows } = await asking.query<{ isWorkedOn: boolean }>(workedOn, [
      processOf(client),
      processOf(asking),
    ]);
    return rows[0]?.isWorkedOn ?? false;
  } catch (error) {
    log.warn({ error }, "the database could not be asked whether it works on a statement");
    // One that takes no more connections is there.
    return error instanceof pg.DatabaseError;
  } finally {
    void asking.end().catch(() => undefined);
  }
};

/** A pooler between us tells processes of its own: then nobody knows. */
const workedOn = `select pg_backend_pid() <> $2
  or exists (select from pg_stat_activity where pid = $1 and state = 'active') as "isWorkedOn"`;

/** The process of the database that a connection was told at its beginning. */
const processOf = (client: pg.ClientBase): unknown => Reflect.get(client, "processID");

/** The statement whose answer is the next to come: after a refused one, until its answer has ended, the one behind it. */
const statementOf = (client: pg.ClientBase): unknown =>
  Reflect.get(client, "_activeQuery") ?? Reflect.get(client, "_sentQueryQueue")[0];
