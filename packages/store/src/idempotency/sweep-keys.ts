import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { idempotencyKeys } from "../tables/index.ts";
import { keptHours } from "./call.ts";

/** More than this wait for the next sweep. */
const batch = 10_000;

/**
 * Removes keys whose answers are kept no longer.
 *
 * @returns how many
 */
export const sweepIdempotencyKeys = async ({ db }: Store): Promise<number> => {
  const { rowCount } = await db.execute(sql`
    delete from ${idempotencyKeys} where (user_id, key) in (
      select user_id, key from ${idempotencyKeys}
      where created_at < now() - make_interval(hours => ${keptHours}) and working_until < now()
      limit ${batch}
    )`);
  return rowCount ?? 0;
};
