import { asc, eq, lte, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { adapterKeys } from "../keys/index.ts";
import { releasePrefix } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { exports } from "../tables/index.ts";

/** More than this wait for the next sweep. */
const batch = 200;

/** Forgets archives that have expired; the sweep of prefixes removes their objects. @returns how many */
export const sweepExpiredExports = async (store: Store): Promise<number> => {
  const expired = await store.db
    .select()
    .from(exports)
    .where(lte(exports.expiresAt, sql`now()`))
    .orderBy(asc(exports.expiresAt))
    .limit(batch);
  await eachInTurn(expired, (made) =>
    store.db.transaction(async (tx) => {
      const deleted = await tx.delete(exports).where(eq(exports.id, made.id)).returning({ id: exports.id });
      if (deleted.length > 0) await releasePrefix(tx, adapterKeys(made).exportPrefix(made.id));
    }),
  );
  return expired.length;
};
