import { LoraloomError } from "@loraloom/errors";
import { asc, eq } from "drizzle-orm";
import type { Executor, Store } from "../store.ts";
import type { VersionInput, VersionManifest, VersionParent } from "../tables/adapters.ts";
import { versionInputs, versionParents, versions } from "../tables/index.ts";
import { readManifest } from "./manifest.ts";
import type { Version } from "./version.ts";

/**
 * A version as its manifest tells it, and its lineage as the tables have it.
 *
 * @throws LoraloomError `corrupt_adapter` where the version has lost its manifest, `storage_unavailable`
 */
export const describeVersion = async (store: Store, version: Version): Promise<VersionManifest> => {
  const manifest = await readManifest(store, { ...version, version: version.id });
  if (typeof manifest === "string") {
    throw new LoraloomError("corrupt_adapter", `The manifest of version '${version.id}' is ${manifest}.`);
  }
  const { generation, restoredFrom } = version;
  const inputs = await inputsOf(store.db, version.id);
  const parents = await parentsOf(store.db, version.id);
  return { ...manifest, generation, restoredFrom, inputs, parents };
};

const inputsOf = (db: Executor, versionId: string): Promise<VersionInput[]> =>
  db
    .select({
      fileId: versionInputs.fileId,
      name: versionInputs.name,
      sha256: versionInputs.sha256,
      role: versionInputs.role,
    })
    .from(versionInputs)
    .where(eq(versionInputs.versionId, versionId))
    .orderBy(asc(versionInputs.role), asc(versionInputs.fileId));

const parentsOf = (db: Executor, versionId: string): Promise<VersionParent[]> =>
  db
    .select({ version: versionParents.parentId, how: versionParents.how })
    .from(versionParents)
    .where(eq(versionParents.versionId, versionId))
    .orderBy(asc(versionParents.parentId));

export type DescribedVersion = Pick<Version, "userId" | "avatarId" | "state" | "publishedSeq"> & {
  manifest: VersionManifest;
};

/** Inserts a version and its lineage; one that is there stays as it is. @returns whether it was not there */
export const insertDescribed = async (
  tx: Executor,
  { manifest, ...place }: DescribedVersion,
): Promise<boolean> => {
  const { version: id, inputs, parents, ...described } = manifest;
  const { runId, generation, engineKey, baseModel, files, templateVariables, metrics, restoredFrom } =
    described;
  const inserted = await tx
    .insert(versions)
    .values({
      id,
      ...place,
      runId,
      generation,
      engineKey,
      baseModel,
      files,
      templateVariables,
      metrics,
      restoredFrom,
    })
    .onConflictDoNothing()
    .returning({ id: versions.id });
  if (inserted.length === 0) return false;
  if (inputs.length > 0)
    await tx.insert(versionInputs).values(inputs.map((input) => ({ versionId: id, ...input })));
  if (parents.length > 0)
    await tx
      .insert(versionParents)
      .values(parents.map(({ version, how }) => ({ versionId: id, parentId: version, how })));
  return true;
};
