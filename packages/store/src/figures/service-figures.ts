import { errorCodes, errorEntry } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import { mayHaveNext, working } from "../runs/queue-order.ts";
import type { Database, Store } from "../store.ts";
import { type RunStatus, runs } from "../tables/index.ts";
import { readLiveWorkers, type Worker } from "../workers/index.ts";

/** Runs that wait for one base: for a worker, unless they are held or paused. */
export type QueueFigures = {
  engineKey: string;
  runs: number;
  /** Their users have reached a limit. */
  held: number;
  /** Tried again a while after a fault of the system. */
  paused: number;
  /** Of the runs that could be claimed; 0 where there is none. */
  oldestSeconds: number;
  medianSeconds: number;
};
export type ServiceFigures = {
  /** Those with most runs first; bounded, as people may name bases where any is allowed. */
  queues: QueueFigures[];
  /** Runs that a worker holds. */
  active: { status: RunStatus; runs: number }[];
  /** Runs that ended within the last hour; `fault`: whose it was that one failed, or `none`. */
  ended: { status: RunStatus; fault: "user" | "system" | "none"; runs: number }[];
  workers: WorkerFigures[];
};
export type WorkerFigures = Pick<
  Worker,
  | "id"
  | "engineKey"
  | "state"
  | "slots"
  | "freeMemoryBytes"
  | "tokensPerSecond"
  | "objectFailures"
  | "objectRetries"
> & { slotsUsed: number };

const mostQueues = 50;

/**
 * Reads them by indexes alone, so that thousands of waiting or ended runs cost milliseconds.
 *
 * @throws the database's error
 */
export const readServiceFigures = async ({ db }: Pick<Store, "db">): Promise<ServiceFigures> => {
  const [queues, active, ended, workers] = await Promise.all([
    readQueues(db),
    readActive(db),
    readEnded(db),
    readLiveWorkers(db),
  ]);
  const used = byWorker(active);
  return {
    queues,
    active: Array.from(
      Map.groupBy(active, ({ status }) => status),
      ([status, ofStatus]) => ({
        status,
        runs: ofStatus.reduce((sum, { runs }) => sum + runs, 0),
      }),
    ),
    ended,
    workers: workers.map((worker) => figuresOf(worker, used.get(worker.id) ?? 0)),
  };
};

const figuresOf = (worker: Worker, slotsUsed: number): WorkerFigures => {
  const { id, engineKey, state, slots, freeMemoryBytes, tokensPerSecond, ...others } = worker;
  const { objectFailures, objectRetries } = others;
  return {
    ...{ id, engineKey, state, slots, slotsUsed, freeMemoryBytes, tokensPerSecond },
    ...{ objectFailures, objectRetries },
  };
};

/** Seconds are made of two moments of each base: made of each run's, they would cost five times as much. */
const readQueues = async (db: Database): Promise<QueueFigures[]> => {
  const { rows } = await db.execute<QueueFigures>(sql`
    with ${working},
    limited as (
      select user_id from (select distinct user_id from ${runs} where status = 'queued') as users
      where not ${mayHaveNext(sql`users.user_id`)}
    ),
    held as (
      select engine_key, count(*)::int as later from ${runs}
      where held_by is not null and status = 'queued' and not_before > now() group by engine_key
    ),
    waiting as (
      select engine_key, extract(epoch from now() - not_before)::float8 as seconds,
        user_id in (select user_id from limited) as is_limited
      from ${runs} where status = 'queued'
    ),
    counted as (
      select engine_key, count(*)::int as runs,
        (count(*) filter (where seconds < 0))::int as later,
        (count(*) filter (where seconds >= 0 and is_limited))::int as limited,
        coalesce(max(seconds) filter (where seconds >= 0 and not is_limited), 0) as oldest,
        coalesce(percentile_cont(0.5) within group (order by seconds)
          filter (where seconds >= 0 and not is_limited), 0) as median
      from waiting group by engine_key order by count(*) desc limit ${mostQueues}
    )
    select engine_key as "engineKey", runs, limited + coalesce(held.later, 0) as held,
      counted.later - coalesce(held.later, 0) as paused, oldest as "oldestSeconds", median as "medianSeconds"
    from counted left join held using (engine_key) order by runs desc`);
  return rows;
};

type Active = { status: RunStatus; workerId: string; runs: number };

const readActive = async (db: Database): Promise<Active[]> => {
  const { rows } = await db.execute<Active>(sql`
    select status, coalesce(worker_id, '') as "workerId", count(*)::int as runs
    from ${runs} where lease_expires_at is not null group by status, worker_id`);
  return rows;
};

const byWorker = (active: Active[]): Map<string, number> => {
  const used = new Map<string, number>();
  for (const { workerId, runs } of active) used.set(workerId, (used.get(workerId) ?? 0) + runs);
  return used;
};

/** How many runs each worker holds, by its id; who holds none is not named. @throws the database's error */
export const readSlotsUsed = async ({ db }: Pick<Store, "db">): Promise<Map<string, number>> =>
  byWorker(await readActive(db));

const userFaults = errorCodes.filter((code) => errorEntry(code).fault === "user");

const readEnded = async (db: Database): Promise<ServiceFigures["ended"]> => {
  const { rows } = await db.execute<ServiceFigures["ended"][number]>(sql`
    select status, case
        when status <> 'failed' then 'none'
        when error ->> 'code' = any(${sql.param(userFaults)}) then 'user'
        else 'system'
      end as fault, count(*)::int as runs
    from ${runs} where finished_at > now() - interval '1 hour' group by 1, 2`);
  return rows;
};
