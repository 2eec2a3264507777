import { and, asc, eq, lte, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { scopePrefix, tombstoneKey, uploadKey } from "../keys/index.ts";
import { deleteObject, deletePrefix, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { erasures } from "../tables/index.ts";
import { eraseLateRows } from "./erase-rows.ts";
import { forgetJobs } from "./forget-jobs.ts";
import { type Tombstone, tombstoneOf } from "./tombstones.ts";

/**
 * When the last sweep comes: longer than a lease, than any URL that was signed for a PUT or a part is open, and than a
 * request that began in its last second takes.
 */
const lastSweepHours = 2;

/** An erasure whose objects are not gone for good. */
export type OpenErasure = typeof erasures.$inferSelect;

/** Carries an erasure on now; what fails is repeated by {@link sweepErasures}. */
export const requestErasure = (store: Store, hash: string): void =>
  store.background.request(`erasure:${hash}`, () => sweepDue(store, hash));

/**
 * Carries every erasure on that is due: at once, and a last time when nothing can be on its way any more.
 *
 * @returns how many
 * @throws LoraloomError `storage_unavailable`, after each had its turn
 */
export const sweepErasures = async (store: Store): Promise<number> => {
  const due = await store.db
    .select({ hash: erasures.hash })
    .from(erasures)
    .where(isDue)
    .orderBy(asc(erasures.dueAt));
  await eachInTurn(due, ({ hash }) => sweepDue(store, hash));
  return due.length;
};

const isDue = lte(erasures.dueAt, sql`now()`);

/** One turn of an erasure, unless it has had it. */
export const sweepDue = async (store: Store, hash: string): Promise<void> => {
  const [erasure] = await store.db
    .select()
    .from(erasures)
    .where(and(eq(erasures.hash, hash), isDue));
  if (!erasure) return;
  for (const step of steps) await step(store, erasure);
};

/** Each can be done twice, so that after a crash they begin anew. */
export const steps: ((store: Store, erasure: OpenErasure) => Promise<unknown>)[] = [
  (store, erasure) => putTombstone(store, tombstoneOf(erasure)),
  (store, erasure) => eraseLateRows(store, erasure),
  (store, { uploadIds }) =>
    eachInTurn(uploadIds, (id) => deleteObject(store.objects, { key: uploadKey(id) })),
  (store, erasure) => deletePrefix(store.objects, scopePrefix(erasure)),
  (store, erasure) => forgetJobs(store, erasure),
  (store, erasure) => markSwept(store, erasure),
];

/** Also where the database is lost, or an older one is brought back, it is known what was erased. */
export const putTombstone = ({ objects }: Pick<Store, "objects">, tombstone: Tombstone): Promise<unknown> =>
  putObject(objects, { key: tombstoneKey(tombstone), body: "" });

/** The row goes with the last sweep, and with it the last place that has the id. */
const markSwept = async ({ db, log }: Store, { hash, sweepsLeft }: OpenErasure): Promise<void> => {
  const swept = and(eq(erasures.hash, hash), eq(erasures.sweepsLeft, sweepsLeft));
  if (sweepsLeft <= 1) {
    await db.delete(erasures).where(swept);
    log.info({ tombstone: hash }, "an erasure is complete");
    return;
  }
  const dueAt = sql`now() + make_interval(hours => ${lastSweepHours})`;
  await db
    .update(erasures)
    .set({ sweepsLeft: sweepsLeft - 1, dueAt })
    .where(swept);
};
