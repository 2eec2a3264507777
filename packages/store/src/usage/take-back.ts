import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "../transaction.ts";

/** What a user was billed too much, positive. */
export type Overbilled = { userId: string; seconds: number; cost: number };

/** A run gets more of an engine than a second a minute, so that no more hours than this are looked at. */
const fewestSecondsOfHour = 60;

/**
 * Takes back what was billed of a step that was not done, from the hours that it was billed in: were it all taken from
 * this one, the use of a new day would be below nothing, and its limit above what was set. A run uses an engine for no
 * longer than an hour has lasted, so that what it was billed is in the last hours, in each as much at most; only what
 * they don't hold is taken from the rest of them.
 *
 * @param moment another one than now
 */
export const takeBack = async (
  tx: Transaction,
  { userId, seconds, cost }: Overbilled,
  moment: SQL = sql`now()`,
): Promise<void> => {
  const hours = 2 + Math.ceil(seconds / fewestSecondsOfHour);
  const lasted = sql`extract(epoch from least(${moment} - hour, interval '1 hour'))::float8`;
  await tx.execute(sql`
    with hours as (
      select hour, gpu_seconds from usage_ledger
      where user_id = ${userId} and hour <= ${moment} and gpu_seconds > 0
      order by hour desc limit ${hours} for update
    ),
    rooms as (
      select hour, 1 as turn, least(gpu_seconds, ${lasted}) as room from hours
      union all select hour, 2, gpu_seconds - least(gpu_seconds, ${lasted}) from hours
    ),
    shares as (
      select hour, least(room, greatest(0, ${seconds}::float8 - coalesce(sum(room) over before, 0))) as seconds from rooms
      window before as (order by turn, hour desc rows between unbounded preceding and 1 preceding)
    ),
    taken as (select hour, sum(seconds) as seconds from shares group by hour)
    update usage_ledger as ledger set
      gpu_seconds = ledger.gpu_seconds - taken.seconds,
      cost = greatest(0, ledger.cost - taken.seconds * ${cost / seconds}::float8)
    from taken where ledger.user_id = ${userId} and ledger.hour = taken.hour and taken.seconds > 0`);
};
