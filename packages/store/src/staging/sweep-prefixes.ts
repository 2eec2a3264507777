import { and, asc, eq, lte, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { deletePrefix } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { stagedPrefixes } from "../tables/index.ts";

/** Longer than a PUT or a copy that was on its way at the first sweep can take. */
const secondSweepMinutes = 10;
/** More than this wait for the next sweep. */
const batch = 200;

const isDue = lte(stagedPrefixes.dueAt, sql`now()`);

/**
 * Removes the objects of prefixes that belong to nothing: now, and once more later for what came late.
 *
 * @returns how many
 * @throws LoraloomError `storage_unavailable`, after each prefix had its turn
 */
export const sweepStagedPrefixes = async (store: Store): Promise<number> => {
  const due = await store.db
    .select({ prefix: stagedPrefixes.prefix })
    .from(stagedPrefixes)
    .where(isDue)
    .orderBy(asc(stagedPrefixes.dueAt))
    .limit(batch);
  await eachInTurn(due, ({ prefix }) => sweepPrefix(store, prefix));
  return due.length;
};

/** Sweeps one prefix soon; what fails is repeated by {@link sweepStagedPrefixes}. */
export const requestPrefixSweep = (store: Store, prefix: string): void =>
  store.background.request(`prefix:${prefix}`, () => sweepPrefix(store, prefix));

const sweepPrefix = async (store: Store, prefix: string): Promise<void> => {
  const [given] = await store.db
    .update(stagedPrefixes)
    .set({ abandoned: true })
    .where(and(eq(stagedPrefixes.prefix, prefix), isDue))
    .returning({ sweepsLeft: stagedPrefixes.sweepsLeft });
  if (!given) return;
  await deletePrefix(store.objects, prefix);
  await markSwept(store, prefix, given.sweepsLeft);
};

const markSwept = async ({ db }: Store, prefix: string, sweepsLeft: number): Promise<void> => {
  const swept = and(eq(stagedPrefixes.prefix, prefix), eq(stagedPrefixes.sweepsLeft, sweepsLeft));
  if (sweepsLeft <= 1) {
    await db.delete(stagedPrefixes).where(swept);
    return;
  }
  const later = sql`now() + make_interval(mins => ${secondSweepMinutes})`;
  await db
    .update(stagedPrefixes)
    .set({ sweepsLeft: sweepsLeft - 1, dueAt: later })
    .where(swept);
};
