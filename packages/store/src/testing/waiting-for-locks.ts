import type { Store } from "../store.ts";

/**
 * How many statements of this database wait for a lock of another one. Those that note how far a folder's objects are
 * written are left out: they go on in the background after a call has answered.
 */
export const waitingForLocks = async ({ pool }: Pick<Store, "pool">): Promise<number> => {
  const { rowCount } = await pool.query(`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
    and query not like 'update "adapters" set "projected_seq"%'`);
  return rowCount ?? 0;
};
