import { and, asc, eq, lte, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import { eachInTurn } from "../each-in-turn.ts";
import { isErased } from "../erase/tombstones.ts";
import { adapterKeys } from "../keys/index.ts";
import { releasePrefix, requestPrefixSweep } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { projectRun } from "./project-run.ts";
import { removeSuperseded } from "./remove-superseded.ts";
import { isTerminal, type Run, sweepSoon } from "./run.ts";

/** Longer than a PUT that was on its way at the first sweep can take. */
const secondSweepMinutes = 10;
/** More than this wait for the next sweep. */
const batchSize = 500;

/** Tidies a run in the background; what fails is repeated by {@link sweepSupersededObjects}. */
export const requestTidying = (store: Store, { id }: Pick<Run, "id">): void =>
  store.background.request(`run:${id}`, () => tidyRun(store, id));

/**
 * Removes the objects of superseded attempts, old checkpoints and abandoned versions of every run that is
 * due, and writes what an ended run leaves to read.
 *
 * @returns how many runs were due
 * @throws LoraloomError `storage_unavailable`, after each run had its turn
 */
export const sweepSupersededObjects = async (store: Store): Promise<number> => {
  const due = await store.db
    .select({ id: runs.id })
    .from(runs)
    .where(isDue)
    .orderBy(asc(runs.sweepDueAt))
    .limit(batchSize);
  await eachInTurn(due, ({ id }) => tidyRun(store, id));
  return due.length;
};

const isDue = lte(runs.sweepDueAt, sql`now()`);

const dueRun = preparedQuery((db) =>
  db
    .select()
    .from(runs)
    .where(and(eq(runs.id, sql.placeholder("runId")), isDue))
    .prepare("due-run"),
);

const tidyRun = async (store: Store, runId: string): Promise<void> => {
  const [run] = await dueRun(store.db).execute({ runId });
  if (!run) return;
  if (isTerminal(run.status)) await projectRun(store, run);
  await removeSuperseded(store, run);
  await markSwept(store, run);
};

/**
 * Sweeps a run that its worker has lost once more, for what that put late: one that was paused knows nothing of the
 * sweeps that there were meanwhile. Nothing of a newer attempt is touched. Of a run that was deleted all goes.
 */
export const sweepLost = async (store: Store, run: Run): Promise<void> => {
  const prefix = adapterKeys(run).runPrefix(run.id);
  const isKnown = await store.db.transaction(async (tx) => {
    const { rowCount } = await tx.update(runs).set(sweepSoon).where(eq(runs.id, run.id));
    // An erasure has a last sweep of its own, and leaves no id of whom it was of.
    if (!rowCount && !(await wasErased(tx, run))) await releasePrefix(tx, prefix);
    return Boolean(rowCount);
  });
  if (isKnown) requestTidying(store, run);
  else requestPrefixSweep(store, prefix);
};

const wasErased = async (tx: Transaction, { userId, avatarId }: Run): Promise<boolean> =>
  (await isErased(tx, { userId, avatarId: null })) || isErased(tx, { userId, avatarId });

/**
 * Leaves a sweep alone that became due meanwhile, and a version that was given up meanwhile to the next one. Versions
 * that were given up stay known: what a late worker adds to them is then swept, too, and no rebuild takes them for whole.
 */
const markSwept = async (store: Store, run: Run): Promise<void> => {
  const { id, sweepDueAt, sweepsLeft, abandonedVersions } = run;
  if (!sweepDueAt) return;
  const again = sweepsLeft > 1;
  const later = sql`date_trunc('milliseconds', now() + make_interval(mins => ${secondSweepMinutes}))`;
  await store.db
    .update(runs)
    .set({
      sweepsLeft: again ? sweepsLeft - 1 : 0,
      sweepDueAt: again ? later : null,
    })
    .where(
      and(
        eq(runs.id, id),
        eq(runs.sweepDueAt, sweepDueAt),
        eq(runs.sweepsLeft, sweepsLeft),
        eq(runs.abandonedVersions, abandonedVersions),
      ),
    );
};
