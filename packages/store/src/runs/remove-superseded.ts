import { inArray } from "drizzle-orm";
import { adapterKeys } from "../keys/index.ts";
import { abortMultiparts, deleteObject, deletePrefix, listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { versions } from "../tables/index.ts";
import type { Run } from "./run.ts";

/**
 * Removes what a run has written and its row no longer names.
 *
 * @param run as it was read before: an attempt that began since then is left alone
 */
export const removeSuperseded = async (store: Store, run: Run): Promise<void> => {
  await removeAttemptObjects(store, run);
  await removeAbandonedVersions(store, run);
};

const removeAttemptObjects = async (store: Store, run: Run): Promise<void> => {
  // No worker ever had it.
  if (run.attempt === 0) return;
  const named = namedKeys(run);
  const prefix = adapterKeys(run).attemptsPrefix(run.id);
  // A worker that was killed while it put a large object has left parts that no list of objects shows.
  await abortMultiparts(store.objects, prefix, ({ key }) => isSuperseded(run, key));
  for await (const { key } of listObjects(store.objects, prefix)) {
    if (!named.has(key) && isSuperseded(run, key)) await deleteObject(store.objects, { key });
  }
};

const namedKeys = ({ frozen, checkpoint }: Run): Set<string | null> =>
  new Set([
    ...(frozen ? [frozen.datasetKey, frozen.rowsKey, frozen.evaluationKey] : []),
    ...(checkpoint?.files ?? []).map((file) => file.key),
  ]);

const isSuperseded = (run: Run, key: string): boolean => {
  const { attempt, step } = adapterKeys(run).placeOf(run.id, key);
  if (attempt !== run.attempt) return attempt < run.attempt;
  const isLive = run.leaseExpiresAt !== null;
  if (!isLive) return true;
  // A live attempt is still writing; only its older checkpoints are sure to be of no use.
  return step !== undefined && step < (run.checkpoint?.step ?? 0);
};

const removeAbandonedVersions = async (store: Store, run: Run): Promise<void> => {
  if (run.abandonedVersions.length === 0) return;
  const published = await store.db
    .select({ id: versions.id })
    .from(versions)
    .where(inArray(versions.id, run.abandonedVersions));
  const live = new Set(published.map(({ id }) => id));
  for (const id of run.abandonedVersions) {
    if (!live.has(id)) await deletePrefix(store.objects, adapterKeys(run).versionPrefix(id));
  }
};
