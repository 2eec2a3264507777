import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Database } from "../store.ts";
import { givenService, service } from "./queue-order.ts";

/** One of those who wait for an engine, and what he was given; `since` is when his oldest run came. */
export type Standing = { userId: string; waiting: number; since: string; service: number };

/** From so many users on what was counted is used again. */
const manyUsers = 100;
/** Where many wait nobody sees a place move within this time. */
const freshMilliseconds = 1_000;
/** So long does what was counted serve those who ask while all are counted anew. */
const usableMilliseconds = 3_000;

type Counted = { standings: Standing[]; since: number };

/**
 * All who wait are counted for a place, which takes the database longer than all else that a console asks: of many once
 * a second, and who asks meanwhile is told by the last count.
 */
export const createStandings = (db: Database): ((engineKey: string) => Promise<Standing[]>) => {
  const counted = new Map<string, Counted>();
  const counting = new Map<string, Promise<Standing[]>>();

  const count = async (engineKey: string): Promise<Standing[]> => {
    try {
      const since = performance.now();
      const standings = await readStandings(db, { engineKey });
      if (standings.length < manyUsers) counted.delete(engineKey);
      else counted.set(engineKey, { standings, since });
      return standings;
    } finally {
      counting.delete(engineKey);
    }
  };
  const countOnce = (engineKey: string): Promise<Standing[]> => {
    const running = counting.get(engineKey) ?? count(engineKey);
    counting.set(engineKey, running);
    return running;
  };

  return async (engineKey) => {
    const last = counted.get(engineKey);
    const age = last ? performance.now() - last.since : Number.POSITIVE_INFINITY;
    if (last && age < freshMilliseconds) return last.standings;
    const running = countOnce(engineKey);
    if (!last || age >= usableMilliseconds) return running;
    // Of a failure the first is told who has nothing else to go by.
    running.catch(() => undefined);
    return last.standings;
  };
};

/** Moments as texts of one form: they are compared to the microsecond. */
export const moment = (column: string) =>
  sql`to_char(${sql.raw(column)} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;

const readStandings = prepared<Standing>(
  "queue-standings",
  sql`
    with waiting as (
      select user_id, count(*)::int as runs, min(created_at) as since from runs
      where status = 'queued' and engine_key = ${sql.placeholder("engineKey")} group by user_id
    ),
    ${givenService}
    select user_id as "userId", waiting, ${moment("since")} as since, (${service})::float8 as service from given`,
);
