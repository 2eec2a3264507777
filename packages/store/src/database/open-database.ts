import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle, NodePgSession, NodePgTransaction } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import type { Database, Logger } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { isGivenUp } from "./failures.ts";

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
  let lost: Error | undefined;
  try {
    return await transact(client, work, (error) => {
      lost = error;
    });
  } finally {
    // One whose transaction may still be open is closed, and with it goes all that it did.
    client.release(lost);
  }
};

/**
 * drizzle's own transactions wait for the answer to their `begin`, a round trip of its own, and never give a connection
 * back that is lost meanwhile: the pool would be short of it, and its end would wait for it for ever.
 *
 * @param onLost told why the transaction could not be undone
 */
const transact = async <Result>(
  client: pg.PoolClient,
  work: Work<Result>,
  onLost: (error: Error) => void = () => {},
): Promise<Result> => {
  const session = new Session(client, dialect, undefined);
  const tx = Object.assign(new OpenTransaction(dialect, session, undefined), { $client: client });
  const { stream } = client.connection;
  // What this turn sends goes to the network as one piece.
  stream.cork();
  process.nextTick(() => stream.uncork());
  const begun = tx.execute(begin).execute();
  // Its failure is that of the first statement, too.
  begun.catch(() => {});
  try {
    const result = await work(tx);
    await begun;
    await tx.execute(commit);
    return result;
  } catch (error) {
    await tx.execute(rollback).catch(onLost);
    throw error;
  }
};

const begin = sql`begin`;
const commit = sql`commit`;
const rollback = sql`rollback`;
