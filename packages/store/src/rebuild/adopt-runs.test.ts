import { asc, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import { failRun } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runEvents, runMetrics, runs } from "../tables/index.ts";
import { textOf } from "../testing/avatar-view.ts";
import { inspectLines } from "../testing/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { makeDue, sweepNow } from "../testing/run-objects.ts";
import { rebuild } from "./index.ts";

const steps = 2_345;

/** An ended run that has left a log and metrics of several pages. */
const openLongRun = async () => {
  await using opening = new AsyncDisposableStack();
  const { store, scope, run } = opening.use(await openClaimedRun());
  await failRun(store, run, { error: { code: "lost", message: "-", remedy: "-" }, fault: "user" });
  await store.background.settled();
  await store.db.execute(sql`insert into run_metrics (run_id, split, step, attempt, loss, tokens)
    select ${run.id}, 'train', n, 1, 0.5, n from generate_series(1, ${steps}::int) n`);
  await store.db.execute(sql`insert into run_events (run_id, seq, attempt, type, data)
    select ${run.id}, n + 3, 1, 'checkpointed', jsonb_build_object('step', n)
    from generate_series(1, ${steps}::int) n`);
  await store.db.execute(sql`update runs set event_seq = 3 + ${steps}::int`);
  await makeDue(store, run.id);
  await sweepNow(store);
  const opened = opening.move();
  return {
    store,
    logKey: adapterKeys(scope).runLog(run.id),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
};

const readRun = async ({ db }: Store) => ({
  numbers: await db.select({ eventSeq: runs.eventSeq }).from(runs),
  events: await db.select().from(runEvents).orderBy(asc(runEvents.seq)),
  metrics: await db.$count(runMetrics),
});

/** Loses the rows of runs, and finds them again by what they have left. */
const findAgain = async (store: Store) => {
  for (const table of [runEvents, runMetrics, runs]) await store.db.delete(table);
  expect(await rebuild(store, { inspect: inspectLines })).toMatchObject({ runs: 1, damaged: { count: 0 } });
  return readRun(store);
};

test("of a run that has left many pages every event and figure is found again", async () => {
  await using opened = await openLongRun();
  const before = await readRun(opened.store);
  expect(before).toMatchObject({ numbers: [{ eventSeq: steps + 3 }], metrics: steps });
  expect(await findAgain(opened.store)).toEqual(before);
});

test("of a log that holds another line after many of ours no event is taken, and the rest of the run is", async () => {
  await using opened = await openLongRun();
  const { store, logKey } = opened;
  await putObject(store.objects, { key: logKey, body: `${await textOf(store, logKey)}none of ours\n` });
  expect(await findAgain(store)).toEqual({ numbers: [{ eventSeq: 0 }], events: [], metrics: steps });
});
