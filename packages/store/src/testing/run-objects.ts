import { eq, sql } from "drizzle-orm";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { listObjects, putObject } from "../objects/index.ts";
import { type Run, sweepSupersededObjects } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { FrozenRows, RunCheckpoint } from "../tables/runs.ts";
import { testFrozen } from "./run-records.ts";
import { sha256Of } from "./store-file.ts";

/** What is due now, in the background and by the side job. */
export const sweepNow = async (store: Store): Promise<void> => {
  await store.background.settled();
  await sweepSupersededObjects(store);
};

/** Lets the time of a run's next sweep come, by the database's clock. */
export const makeDue = (store: Store, runId: string) =>
  store.db
    .update(runs)
    .set({ sweepDueAt: sql`date_trunc('milliseconds', now() - interval '1 second')` })
    .where(eq(runs.id, runId));

/** Puts the frozen rows of a run's attempt, in name only, and records nothing. */
export const putFrozen = async (store: Store, run: Run): Promise<FrozenRows> => {
  const keyOf = (file: string) => adapterKeys(run).attemptFile(run.id, run.attempt, file);
  const datasetKey = keyOf("dataset.json");
  const rowsKey = keyOf("rows.jsonl.gz");
  await putObject(store.objects, { key: datasetKey, body: "{}" });
  await putObject(store.objects, { key: rowsKey, body: "rows" });
  return { ...testFrozen({ datasetKey, rowsKey }), datasetSha256: sha256Of("{}") };
};

/** Puts a checkpoint of a run's attempt and records nothing. */
export const putCheckpoint = async (store: Store, run: Run, step: number): Promise<RunCheckpoint> => {
  const name = "adapter.safetensors";
  const key = adapterKeys(run).checkpointFile(run.id, run.attempt, step, name);
  await putObject(store.objects, { key, body: "weights" });
  return { step, files: [{ name, key, size: 7, sha256: "0" }] };
};

/** The objects of a checkpoint. */
export const keysIn = ({ files }: RunCheckpoint): string[] => files.map(({ key }) => key);

/** What lies below a run's attempts, in order. */
export const attemptKeys = (store: Store, run: Run): Promise<string[]> =>
  keysBelow(store, adapterKeys(run).attemptsPrefix(run.id));

/** What lies below a version, in order. */
export const versionKeys = (store: Store, scope: AvatarScope, versionId: string): Promise<string[]> =>
  keysBelow(store, adapterKeys(scope).versionPrefix(versionId));

/** What lies below a prefix, in order. */
export const keysBelow = async (store: Store, prefix: string): Promise<string[]> =>
  (await Array.fromAsync(listObjects(store.objects, prefix), ({ key }) => key)).sort();
