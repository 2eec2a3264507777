import { and, asc, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { discardBytes, discardStrays } from "./discard-bytes.ts";

/** A PUT that began in the URL's last second may take this long; see {@link sweepUnownedObjects} for a slower one. */
const lateSeconds = 10 * 60;
/** So long does an ended upload answer with what became of it. */
const memoryHours = 24;
/** More than this wait for the next sweep. */
const batch = 200;

const ended = inArray(uploads.state, ["completed", "failed", "expired", "aborted"]);

/**
 * Ends uploads that nobody completed, forgets ended ones after a day, and removes what a kept URL put after
 * the end.
 *
 * @returns how many were ended
 * @throws LoraloomError `storage_unavailable`, after each upload had its turn
 */
export const sweepExpiredUploads = async (store: Store): Promise<number> => {
  const { rowCount } = await store.db
    .update(uploads)
    .set({ state: "expired" })
    .where(and(eq(uploads.state, "open"), sql`${uploads.expiresAt} <= now()`));
  await store.db
    .delete(uploads)
    .where(and(ended, sql`${uploads.sweptAt} < now() - make_interval(hours => ${memoryHours})`));
  await removeLateBytes(store);
  return rowCount ?? 0;
};

const removeLateBytes = async (store: Store): Promise<void> => {
  const urlsAreOver = lt(uploads.urlsEndAt, sql`now() - make_interval(secs => ${lateSeconds})`);
  const due = await store.db
    .select()
    .from(uploads)
    .where(and(ended, isNull(uploads.sweptAt), urlsAreOver))
    .orderBy(asc(uploads.createdAt))
    .limit(batch);
  await eachInTurn(due, async (upload) => {
    await discardBytes(store, upload);
    await discardStrays(store, upload);
    await store.db.update(uploads).set({ sweptAt: sql`now()` }).where(eq(uploads.id, upload.id));
  });
};
