import { and, count, eq, sql, sum } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import type { Descent } from "../tables/adapters.ts";
import { backups, runs, versionInputs, versionParents, versions } from "../tables/index.ts";
import type { Adapter } from "./lock-adapter.ts";
import { getAdapter } from "./read-adapters.ts";
import { ofGeneration, type Version } from "./version.ts";

export type AdapterInfo = {
  adapter: Adapter;
  current: (Version & { bytes: number; lineage: LineageSummary }) | null;
  counts: { versions: number; candidates: number; backups: number; runs: number };
  /** Of the adapter's versions, and of the avatar's backups. */
  bytes: { versions: number; backups: number };
};
export type LineageSummary = {
  trainingFiles: number;
  evaluationFiles: number;
  parents: { version: string; how: Descent }[];
};

/**
 * What there is of an avatar's adapter, and what its current version is.
 *
 * @throws LoraloomError `adapter_not_found`
 */
export const adapterInfo = async (store: Store, scope: AvatarScope): Promise<AdapterInfo> => {
  const adapter = await getAdapter(store, scope);
  const [current, ofVersions, ofBackups, runCount] = await Promise.all([
    readCurrent(store.db, adapter),
    countVersions(store.db, adapter),
    countBackups(store.db, scope),
    store.db.$count(runs, and(eq(runs.userId, scope.userId), eq(runs.avatarId, scope.avatarId))),
  ]);
  return {
    adapter,
    current,
    counts: {
      versions: ofVersions.versions,
      candidates: ofVersions.candidates,
      backups: ofBackups.count,
      runs: runCount,
    },
    bytes: { versions: ofVersions.bytes, backups: ofBackups.bytes },
  };
};

const bytesOf = ({ files }: Pick<Version, "files">): number =>
  files.reduce((total, { size }) => total + size, 0);

const readCurrent = async (db: Executor, { currentVersion }: Adapter): Promise<AdapterInfo["current"]> => {
  if (!currentVersion) return null;
  const [version] = await db.select().from(versions).where(eq(versions.id, currentVersion));
  if (!version) return null;
  return { ...version, bytes: bytesOf(version), lineage: await summarizeLineage(db, version.id) };
};

const summarizeLineage = async (db: Executor, versionId: string): Promise<LineageSummary> => {
  const inputs = await db
    .select({ role: versionInputs.role, files: count() })
    .from(versionInputs)
    .where(eq(versionInputs.versionId, versionId))
    .groupBy(versionInputs.role);
  const filesOf = (role: "train" | "evaluation") =>
    inputs.find((counted) => counted.role === role)?.files ?? 0;
  const parents = await db
    .select({ version: versionParents.parentId, how: versionParents.how })
    .from(versionParents)
    .where(eq(versionParents.versionId, versionId));
  return { trainingFiles: filesOf("train"), evaluationFiles: filesOf("evaluation"), parents };
};

const fileBytes = sql`(select sum((file->>'size')::bigint) from jsonb_array_elements(${versions.files}) file)`;

const countVersions = async (db: Executor, adapter: Adapter) => {
  const [counted] = await db
    .select({
      versions: count(),
      candidates: sql<number>`(count(*) filter (where ${versions.state} = 'candidate'))::int`,
      bytes: sql<number>`coalesce(sum(${fileBytes}), 0)::float8`,
    })
    .from(versions)
    .where(ofGeneration(adapter));
  return counted ?? { versions: 0, candidates: 0, bytes: 0 };
};

const countBackups = async (db: Executor, { userId, avatarId }: AvatarScope) => {
  const [counted] = await db
    .select({ count: count(), bytes: sum(backups.bytes).mapWith(Number) })
    .from(backups)
    .where(and(eq(backups.userId, userId), eq(backups.avatarId, avatarId)));
  return { count: counted?.count ?? 0, bytes: counted?.bytes ?? 0 };
};
