import { getAdapter, listVersions } from "../adapters/index.ts";
import { listBackups } from "../backups/index.ts";
import { readEvents } from "../events/index.ts";
import { listFiles } from "../files/index.ts";
import { inspectStoredFile } from "../files/inspection.ts";
import type { AvatarScope } from "../keys/index.ts";
import { versionsWith } from "../lineage/index.ts";
import { getObject } from "../objects/index.ts";
import { getRun, listRuns, type Run, sampleMetrics } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { inspectLines } from "./store-file.ts";

/** What the side jobs do after a rebuild. */
export const inspectAll = async (store: Store) => {
  for (const { id } of await store.db.select({ id: files.id }).from(files))
    await inspectStoredFile(store, id, inspectLines);
};

/** All that people see of an avatar, but for ids and moments that begin anew. */
export const viewOf = async (store: Store, avatar: AvatarScope) => {
  const page = { limit: 100 };
  const listed = await listFiles(store, avatar, { kind: "training_data", filter: "all", ...page });
  const { runs } = await listRuns(store, avatar, page);
  const { currentVersion, publishSeq, generation, state, baseModel } = await getAdapter(store, avatar);
  return {
    adapter: { currentVersion, publishSeq, generation, state, baseModel },
    versions: await versionsOf(store, avatar),
    backups: (await listBackups(store, avatar, page)).backups,
    files: listed.files.map(({ name, used, etag, size, sha256, report }) => ({
      name,
      used,
      etag,
      size,
      sha256,
      report,
    })),
    runs: await Promise.all(runs.map(async ({ id }) => runView(await getRun(store, avatar, id)))),
    events: await Promise.all(runs.map(({ id }) => readEvents(store, id, { after: 0, limit: 100 }))),
    metrics: await Promise.all(
      runs.map(({ id }) => sampleMetrics(store, id, { from: 0, to: 100, points: 100 })),
    ),
    holders: await versionsWith(store, avatar, { kind: "training_data", name: "a.jsonl" }),
  };
};

const runView = ({
  id,
  status,
  config,
  inputs,
  frozen,
  versionId,
  generation,
  error,
  progress,
  ...run
}: Run) => {
  const { createdAt, finishedAt } = run;
  return {
    id,
    status,
    config,
    inputs,
    frozen,
    versionId,
    generation,
    error,
    progress,
    createdAt,
    finishedAt,
  };
};

/** The same of an avatar that has an adapter and no files. */
export const viewWithoutFiles = async (store: Store, avatar: AvatarScope) => {
  const { currentVersion, publishSeq, generation, state, baseModel } = await getAdapter(store, avatar);
  return {
    adapter: { currentVersion, publishSeq, generation, state, baseModel },
    versions: await versionsOf(store, avatar),
  };
};

/** Of the numbers under which they were published only the order counts, but for the current one's. */
const versionsOf = async (store: Store, avatar: AvatarScope) => {
  const { versions: listed } = await listVersions(store, avatar, { limit: 100 });
  const published = listed
    .flatMap(({ publishedSeq }) => publishedSeq ?? [])
    .toSorted((one, other) => one - other);
  return listed.map(({ createdAt: _, publishedSeq, ...version }) => ({
    ...version,
    published: publishedSeq === null ? null : published.indexOf(publishedSeq),
  }));
};

/** The text of an object; empty where there is none. */
export const textOf = async (store: Store, key: string): Promise<string> => {
  const object = await getObject(store.objects, { key });
  return Buffer.from((await object?.bytes()) ?? []).toString();
};
