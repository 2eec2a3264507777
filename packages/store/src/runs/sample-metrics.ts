import { and, asc, between, eq, type SQL, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runMetrics } from "../tables/index.ts";
import { fromMetricRow, type Metric } from "./metric.ts";
import { metricColumns } from "./metric-columns.ts";

export type MetricsWanted = {
  /** Steps, both included. */
  from: number;
  to: number;
  /** At most so many of each split, from 2. */
  points: number;
};

/**
 * What a run has recorded of these steps, in their order. Where there are more than `points` of a split they are
 * thinned out evenly; the first and the last are always among them.
 */
export const sampleMetrics = async (
  store: Store,
  runId: string,
  { from, to, points }: MetricsWanted,
): Promise<Metric[]> => {
  // Only of the chosen steps are all columns read: numbering a long run holds each of its rows.
  const numbered = store.db
    .select({ split, step, place: placeInSplit.as("place"), last: lastOfSplit.as("last") })
    .from(runMetrics)
    .where(and(eq(runMetrics.runId, runId), between(runMetrics.step, from, to)))
    .as("numbered");
  const isChosen = and(eq(split, numbered.split), eq(step, numbered.step), isAmong(points - 1, numbered));
  const rows = await store.db
    .select(metricColumns)
    .from(runMetrics)
    .innerJoin(numbered, isChosen)
    .where(eq(runMetrics.runId, runId))
    .orderBy(asc(step), asc(split));
  return rows.map(fromMetricRow);
};

const { split, step } = runMetrics;
/** From 0. */
const placeInSplit = sql<string>`row_number() over (partition by ${split} order by ${step}) - 1`;
const lastOfSplit = sql<string>`count(*) over (partition by ${split}) - 1`;

/** Whether so many even gaps, from the first place to the last, have an end here. */
const isAmong = (gaps: number, { place, last }: Record<"place" | "last", SQL.Aliased<string>>): SQL => {
  const gapOf = (at: SQL) => sql`(${at} * ${gaps}::int) / greatest(${last}, 1)`;
  const isEnd = sql`${gapOf(sql`${place}`)} > ${gapOf(sql`(${place} - 1)`)}`;
  return sql`(${last} <= ${gaps} or ${place} = 0 or ${isEnd})`;
};
