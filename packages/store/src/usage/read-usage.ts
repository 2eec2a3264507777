import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../store.ts";

/** What was used in a day or a month, which ends at `resetsAt`. */
export type PeriodUsage = { tokens: number; gpuSeconds: number; cost: number; resetsAt: Date };
export type Usage = { day: PeriodUsage; month: PeriodUsage };

type Sums = Record<"tokens" | "gpuSeconds" | "cost", number> & { resetsAt: string };

/** What the reading of a user's hours needs of a day or a month, both in UTC whatever the session's time zone is. */
const periodSums = (period: "day" | "month", moment: SQL): SQL => {
  const name = sql.raw(`'${period}'`);
  const since = sql`date_trunc(${name}, ${moment}, 'UTC')`;
  const sumOf = (column: string) =>
    sql`coalesce(sum(${sql.raw(column)}) filter (where hour >= ${since}), 0)::float8`;
  return sql`json_build_object('tokens', ${sumOf("tokens")}, 'gpuSeconds', ${sumOf("gpu_seconds")},
    'cost', ${sumOf("cost")}, 'resetsAt', to_char(
      date_trunc(${name}, ${moment} at time zone 'UTC') + ${sql.raw(`interval '1 ${period}'`)},
      'YYYY-MM-DD"T"HH24:MI:SS"Z"'))`;
};

/**
 * What a user has used today and this month, by the database's clock in UTC.
 *
 * @param moment another one than now
 */
export const readUsage = async (db: Executor, userId: string, moment: SQL = sql`now()`): Promise<Usage> => {
  const { rows } = await db.execute<{ day: Sums; month: Sums }>(sql`
    select ${periodSums("day", moment)} as day, ${periodSums("month", moment)} as month
    from usage_ledger
    where user_id = ${userId} and hour >= date_trunc('month', ${moment}, 'UTC') and hour <= ${moment}`);
  const [sums] = rows;
  if (!sums) throw new Error("A sum answered with no row.");
  return { day: toPeriod(sums.day), month: toPeriod(sums.month) };
};

const toPeriod = ({ resetsAt, ...sums }: Sums): PeriodUsage => ({ ...sums, resetsAt: new Date(resetsAt) });
