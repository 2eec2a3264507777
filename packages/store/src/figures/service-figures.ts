import { errorCodes, errorEntry } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import type { Database, Store } from "../store.ts";
import { type RunStatus, runs } from "../tables/index.ts";
import { readLiveWorkers, type Worker } from "../workers/index.ts";

/** Runs that wait for one base; whoever pauses after a fault of the system is counted as paused alone. */
export type QueueFigures = {
  engineKey: string;
  runs: number;
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
  const used = new Map<string, number>();
  for (const { workerId, runs } of active) used.set(workerId, (used.get(workerId) ?? 0) + runs);
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
    with waiting as (
      select engine_key, count(*)::int as runs,
        (count(*) filter (where not_before > now()))::int as paused,
        min(not_before) as oldest,
        percentile_disc(0.5) within group (order by not_before) filter (where not_before <= now()) as median
      from ${runs} where status = 'queued' group by engine_key order by count(*) desc limit ${mostQueues}
    )
    select engine_key as "engineKey", runs, paused,
      greatest(coalesce(extract(epoch from now() - oldest), 0), 0)::float8 as "oldestSeconds",
      coalesce(extract(epoch from now() - median), 0)::float8 as "medianSeconds"
    from waiting order by runs desc`);
  return rows;
};

type Active = { status: RunStatus; workerId: string; runs: number };

const readActive = async (db: Database): Promise<Active[]> => {
  const { rows } = await db.execute<Active>(sql`
    select status, coalesce(worker_id, '') as "workerId", count(*)::int as runs
    from ${runs} where lease_expires_at is not null group by status, worker_id`);
  return rows;
};

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
