import { setTimeout as sleep } from "node:timers/promises";
import { DrizzleQueryError, sql } from "drizzle-orm";
import { drizzle, NodePgSession, NodePgTransaction } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import type { Database, Logger } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { isGivenUp, isOutdatedPlan } from "./failures.ts";

/** Of statements alone: nothing here reads by drizzle's relations, which each transaction would set up anew. */
type NoRelations = Record<string, never>;
const Session = NodePgSession<NoRelations, NoRelations>;
const OpenTransaction = NodePgTransaction<NoRelations, NoRelations>;
const dialect = new PgDialect();

type Work<Result> = (tx: Transaction) => Promise<Result>;

/** Of those that wait for each other one goes on each time. */
const mostTries = 5;
/** The one that went on is to be first now; whoever waited for it would be in its way again. */
const mostPauseMilliseconds = 100;

/**
 * The tables over a pool. A transaction that the database gives up, as it and another one wait for each other, is done
 * again from its beginning: what it does beside its statements has to bear that.
 */
export const openDatabase = (pool: pg.Pool, log: Pick<Logger, "warn">): Database => {
  const transaction = async <Result>(work: Work<Result>): Promise<Result> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await transactOn(pool, work);
      } catch (error) {
        if (tries === mostTries || !isGivenUp(error)) throw error;
        log.warn({ err: error, tries }, "a transaction was given up by the database, and is done again");
        await sleep(Math.random() * mostPauseMilliseconds);
      }
    }
  };
  return Object.assign(drizzle(pool), { transaction });
};

/** The tables over one connection that the caller has taken, and gives back. */
export const overConnection = (client: pg.PoolClient): Database => {
  const transaction = <Result>(work: Work<Result>): Promise<Result> => transact(client, work);
  return Object.assign(drizzle(client), { transaction });
};

const transactOn = async <Result>(pool: pg.Pool, work: Work<Result>): Promise<Result> => {
  const client = await pool.connect();
  let isUnfit = false;
  const onUnfit = () => {
    isUnfit = true;
  };
  try {
    return await transact(client, work, onUnfit);
  } finally {
    // It is closed, and with it goes all that a transaction did that may still be open.
    client.release(isUnfit);
  }
};

/**
 * drizzle's own transactions wait for the answer to their `begin`, a round trip of its own, and never give a connection
 * back that is lost meanwhile: the pool would be short of it, and its end would wait for it for ever.
 *
 * @param onUnfit told where the connection is of no more use
 */
const transact = async <Result>(
  client: pg.PoolClient,
  work: Work<Result>,
  onUnfit: () => void = () => {},
): Promise<Result> => {
  const session = new Session(client, dialect, undefined);
  const tx = Object.assign(new OpenTransaction(dialect, session, undefined), { $client: client });
  const { stream } = client.connection;
  // What this turn sends goes to the network as one piece.
  stream.cork();
  process.nextTick(() => stream.uncork());
  const begun = begin(client);
  // Known once the work has ended; a lost connection is also the failure of its first statement.
  begun.catch(() => {});
  try {
    const result = await work(tx);
    await begun;
    await commit(tx);
    return result;
  } catch (error) {
    if (isOutdatedPlan(error)) onUnfit();
    await tx.execute(rollback).catch(onUnfit);
    throw error;
  }
};

/**
 * Where the database lives and refuses it, each statement would be a transaction of its own. Those that were sent with it
 * are; the connection is broken before any other, whose failure it then is.
 */
const begin = async (client: pg.PoolClient): Promise<void> => {
  try {
    await client.query("begin");
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    client.connection.stream.destroy(cause);
    throw new DrizzleQueryError("begin", [], cause);
  }
};

const commit = async (tx: Transaction): Promise<void> => {
  const { command } = await tx.execute(sql`commit`);
  // So the database ends a transaction of which a statement was refused.
  if (command !== "COMMIT")
    throw new Error("A transaction went on after a statement of it had failed, and was undone.");
};

const rollback = sql`rollback`;
