import type pg from "pg";
import type { Logger } from "../store.ts";

/** What the tokens of a sign-in may be off, too. */
const mostSeconds = 30;

/**
 * Says in the log where this machine's clock is wrong. Nothing of a run goes by it, but the time in logs and ids does,
 * and how long the token of a sign-in is good.
 */
export const checkClock = async (pool: pg.Pool, log: Logger): Promise<void> => {
  const { rows } = await pool.query<{ milliseconds: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as milliseconds",
  );
  const seconds = Math.round((Date.now() - (rows[0]?.milliseconds ?? Number.NaN)) / 1_000);
  if (Math.abs(seconds) <= mostSeconds) return;
  const aheadOrBehind = seconds > 0 ? "ahead of" : "behind";
  log.warn(
    { seconds },
    `this machine's clock is ${Math.abs(seconds)} s ${aheadOrBehind} the database's: set the one that is wrong`,
  );
};
