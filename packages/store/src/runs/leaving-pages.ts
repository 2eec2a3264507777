import { and, asc, between, eq, inArray, max } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runEvents, runMetrics } from "../tables/index.ts";
import { writeLog, writeMetrics } from "./leavings.ts";
import { fromMetricRow, metricSchema } from "./metric.ts";
import { metricColumns } from "./metric-columns.ts";
import type { Run } from "./run.ts";

/** Of a run of a million steps no more than this is in memory: so many events, or the figures of so many steps. */
const pageRows = 1_000;

/** The texts of `metrics.jsonl`, in the order of the steps. */
export async function* metricPages(store: Store, runId: string): AsyncGenerator<string> {
  const ofRun = and(
    eq(runMetrics.runId, runId),
    // Names all of them: the index has them before the steps.
    inArray(runMetrics.split, metricSchema.shape.split.options),
  );
  const [{ last } = { last: null }] = await store.db
    .select({ last: max(runMetrics.step) })
    .from(runMetrics)
    .where(ofRun);
  if (last === null) return;
  for (let from = 0; from <= last; from += pageRows) {
    const rows = await store.db
      .select(metricColumns)
      .from(runMetrics)
      .where(and(ofRun, between(runMetrics.step, from, from + pageRows - 1)))
      .orderBy(asc(runMetrics.step), asc(runMetrics.split));
    yield writeMetrics(rows.map(fromMetricRow));
  }
}

/** The texts of `log.txt` of an ended run, in the order of the events. */
export async function* logPages(store: Store, { id, eventSeq }: Run): AsyncGenerator<string> {
  for (let from = 1; from <= eventSeq; from += pageRows) {
    const events = await store.db
      .select()
      .from(runEvents)
      .where(and(eq(runEvents.runId, id), between(runEvents.seq, from, from + pageRows - 1)))
      .orderBy(asc(runEvents.seq));
    yield writeLog(events);
  }
}
