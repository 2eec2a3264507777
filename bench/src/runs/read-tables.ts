/** The tables, read in plain SQL: what the service says of itself is not asked. */
import pg from "pg";
import type { BenchHost } from "../services/start-host.ts";
import type { ServedRun } from "./fairness.ts";

export type Tables = AsyncDisposable & {
  /** How many runs of a base model are in one of these states. */
  countRuns: (baseModel: string, statuses: readonly string[]) => Promise<number>;
  /** How many runs of a base model, but cancelled ones, have not been claimed exactly once. */
  countOddClaims: (baseModel: string) => Promise<number>;
  /** Of those that ended by themselves. */
  servedRuns: (baseModel: string) => Promise<ServedRun[]>;
  /** How many events of runs of a base model were written within so many milliseconds from a moment on. */
  countEvents: (baseModel: string, from: number, milliseconds: number) => Promise<number>;
};

/** Opens a connection of its own. */
export const openTables = async ({ databaseUrl }: BenchHost): Promise<Tables> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const count = async (sql: string, values: unknown[]): Promise<number> =>
    Number((await client.query(sql, values)).rows[0].count);
  return {
    countRuns: (baseModel, statuses) => count(runsIn, [baseModel, statuses]),
    countOddClaims: (baseModel) => count(oddClaims, [baseModel]),
    servedRuns: async (baseModel) => (await client.query(served, [baseModel])).rows,
    countEvents: (baseModel, from, milliseconds) => count(events, [baseModel, from, from + milliseconds]),
    [Symbol.asyncDispose]: () => client.end(),
  };
};

const runsIn = "select count(*) from runs where base_model = $1 and status = any($2)";

const oddClaims = `
  select count(*) from runs
  where base_model = $1 and status <> 'cancelled' and not (attempt = 1 and
    (select count(*) from run_events where run_id = runs.id and type = 'run-claimed') = 1)`;

const served = `
  select user_id as user, extract(epoch from started_at)::float8 * 1000 as claimed,
    extract(epoch from finished_at)::float8 * 1000 as ended, billed_seconds as seconds
  from runs where base_model = $1 and status = 'completed'`;

const events = `
  select count(*) from run_events join runs on runs.id = run_id
  where base_model = $1 and floor(extract(epoch from at) * 1000) >= $2
    and floor(extract(epoch from at) * 1000) < $3`;
