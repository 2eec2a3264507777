import { asc, eq } from "drizzle-orm";
import { adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { runEvents, runMetrics } from "../tables/index.ts";
import { writeLog, writeMetrics } from "./leavings.ts";
import { fromMetricRow } from "./metric.ts";
import { metricColumns } from "./metric-columns.ts";
import type { Run } from "./run.ts";

/** Writes what an ended run leaves to read beside its frozen rows: its record, its metrics and its log. */
export const projectRun = async (store: Store, run: Run): Promise<void> => {
  const keys = adapterKeys(run);
  await putObject(store.objects, {
    key: keys.runMetrics(run.id),
    body: Buffer.from(await metricsOf(store, run.id)),
    contentType: "application/x-ndjson",
  });
  // What was written while the table had all events stays.
  if (!run.stepsForgottenAt) await putLog(store, run);
  await putObject(store.objects, {
    key: keys.runRecord(run.id),
    body: `${JSON.stringify(recordOf(run), null, 2)}\n`,
    contentType: "application/json",
  });
};

const putLog = async (store: Store, run: Run): Promise<void> => {
  await putObject(store.objects, {
    key: adapterKeys(run).runLog(run.id),
    body: await logOf(store, run.id),
    contentType: "text/plain; charset=utf-8",
  });
};

const recordOf = (run: Run) => ({
  id: run.id,
  kind: run.kind,
  name: run.name,
  tags: run.tags,
  rerunOf: run.rerunOf,
  userId: run.userId,
  avatarId: run.avatarId,
  generation: run.generation,
  status: run.status,
  attempt: run.attempt,
  engineKey: run.engineKey,
  baseModel: run.baseModel,
  config: run.config,
  inputs: run.inputs,
  templateVariables: run.templateVariables,
  frozen: run.frozen,
  version: run.versionId,
  progress: run.progress,
  heldOutBefore: run.heldOutBefore,
  heldOutAfter: run.heldOutAfter,
  error: run.error,
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt,
  erasedAt: run.erasedAt,
});

const metricsOf = async (store: Store, runId: string): Promise<string> => {
  const rows = await store.db
    .select(metricColumns)
    .from(runMetrics)
    .where(eq(runMetrics.runId, runId))
    .orderBy(asc(runMetrics.step), asc(runMetrics.split));
  return writeMetrics(rows.map(fromMetricRow));
};

const logOf = async (store: Store, runId: string): Promise<string> => {
  const events = await store.db
    .select()
    .from(runEvents)
    .where(eq(runEvents.runId, runId))
    .orderBy(asc(runEvents.seq));
  return writeLog(events);
};
