import { and, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import { uploadKey } from "../keys/index.ts";
import { deleteObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { urlSeconds } from "./create-upload.ts";

/** A PUT that began in the URL's last second may take this long. */
const lateSeconds = 10 * 60;
/** So long does an ended upload answer with what became of it. */
const memoryHours = 24;
const batch = 200;

const ended = inArray(uploads.state, ["completed", "failed", "expired"]);

/**
 * Ends uploads that nobody completed, removes what a kept URL put after the end, and forgets ended
 * ones after a day.
 */
export const sweepExpiredUploads = async (store: Store): Promise<void> => {
  await store.db
    .update(uploads)
    .set({ state: "expired" })
    .where(and(eq(uploads.state, "open"), sql`${uploads.expiresAt} <= now()`));
  await removeLateObjects(store);
  await store.db
    .delete(uploads)
    .where(and(ended, sql`${uploads.sweptAt} < now() - make_interval(hours => ${memoryHours})`));
};

const removeLateObjects = async (store: Store): Promise<void> => {
  const urlIsOver = lt(uploads.createdAt, sql`now() - make_interval(secs => ${urlSeconds + lateSeconds})`);
  const due = await store.db
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(ended, isNull(uploads.sweptAt), urlIsOver))
    .limit(batch);
  for (const { id } of due) {
    await deleteObject(store.objects, { key: uploadKey(id) });
    await store.db.update(uploads).set({ sweptAt: sql`now()` }).where(eq(uploads.id, id));
  }
};
