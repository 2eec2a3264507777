import { and, asc, eq, isNull, lt, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import type { Store } from "../store.ts";
import { runEvents, runs } from "../tables/index.ts";

/** More than this wait for the next sweep. */
const batch = 100;

/**
 * Removes the events of single steps of runs that ended long ago; the run's log in the object store has them all.
 *
 * @returns how many runs it was done for
 */
export const sweepStepEvents = async (store: Store): Promise<number> => {
  const endedLongAgo = lt(
    runs.finishedAt,
    sql`now() - make_interval(days => ${store.retention.stepEventDays})`,
  );
  const due = await store.db
    .select({ id: runs.id })
    .from(runs)
    // One with something to tidy has its log written anew, which takes all of its events.
    .where(and(endedLongAgo, isNull(runs.stepsForgottenAt), isNull(runs.sweepDueAt)))
    .orderBy(asc(runs.finishedAt))
    .limit(batch);
  await eachInTurn(due, ({ id }) => forgetSteps(store, id));
  return due.length;
};

const forgetSteps = ({ db }: Store, runId: string): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.update(runs).set({ stepsForgottenAt: sql`now()` }).where(eq(runs.id, runId));
    await tx.delete(runEvents).where(and(eq(runEvents.runId, runId), eq(runEvents.type, "progress")));
  });
