import { and, asc, eq, lte, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { projectRun } from "./project-run.ts";
import { removeSuperseded } from "./remove-superseded.ts";
import { isTerminal, type Run } from "./run.ts";

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

const tidyRun = async (store: Store, runId: string): Promise<void> => {
  const [run] = await store.db
    .select()
    .from(runs)
    .where(and(eq(runs.id, runId), isDue));
  if (!run) return;
  if (isTerminal(run.status)) await projectRun(store, run);
  await removeSuperseded(store, run);
  await markSwept(store, run);
};

/** Leaves a sweep alone that became due meanwhile, and a version that was given up meanwhile to the next one. */
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
      ...(!again && { abandonedVersions: [] }),
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
