import { adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { logPages, metricPages } from "./leaving-pages.ts";
import { putPages } from "./put-pages.ts";
import type { Run } from "./run.ts";

/** Writes what an ended run leaves to read beside its frozen rows: its record, its metrics and its log. */
export const projectRun = async (store: Store, run: Run): Promise<void> => {
  const keys = adapterKeys(run);
  // One that no worker ever had has no figures.
  if (run.attempt > 0) await putMetrics(store, run);
  // What was written while the table had all events stays.
  if (!run.stepsForgottenAt) await putLog(store, run);
  await putObject(store.objects, {
    key: keys.runRecord(run.id),
    body: `${JSON.stringify(recordOf(run), null, 2)}\n`,
    contentType: "application/json",
  });
};

const putMetrics = (store: Store, run: Run): Promise<void> =>
  putPages(store.objects, {
    key: adapterKeys(run).runMetrics(run.id),
    contentType: "application/x-ndjson",
    pages: () => metricPages(store, run.id),
  });

const putLog = (store: Store, run: Run): Promise<void> =>
  putPages(store.objects, {
    key: adapterKeys(run).runLog(run.id),
    contentType: "text/plain; charset=utf-8",
    pages: () => logPages(store, run),
  });

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
