import { LoraloomError } from "@loraloom/errors";
import { and, eq, inArray } from "drizzle-orm";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { getObject, type ObjectContent, presignGet, urlEnd } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { VersionFile } from "../tables/adapters.ts";
import { versions } from "../tables/index.ts";
import { getAdapter } from "./read-adapters.ts";
import { ofGeneration, type Version, versionNotFound } from "./version.ts";

const downloadSeconds = 15 * 60;

/**
 * The named version of an avatar's adapter, or its current one.
 *
 * @throws LoraloomError `adapter_not_found`, `version_not_found`, `no_current_version`
 */
export const resolveVersion = async (
  store: Store,
  scope: AvatarScope,
  version: string | undefined,
): Promise<Version> => {
  const adapter = await getAdapter(store, scope);
  const versionId = version ?? adapter.currentVersion;
  if (!versionId) {
    throw new LoraloomError(
      "no_current_version",
      `The adapter of avatar '${scope.avatarId}' has no version yet.`,
    );
  }
  const [found] = await store.db
    .select()
    .from(versions)
    .where(and(ofGeneration(adapter), eq(versions.id, versionId)));
  if (!found) throw versionNotFound(versionId);
  return found;
};

/** Those of the versions that there are still. */
export const findKnownVersions = async ({ db }: Pick<Store, "db">, ids: string[]): Promise<Set<string>> => {
  const known = await db.select({ id: versions.id }).from(versions).where(inArray(versions.id, ids));
  return new Set(known.map(({ id }) => id));
};

export type VersionDownload = {
  versionId: string;
  files: (VersionFile & { url: string })[];
  expiresAt: Date;
};

/**
 * URLs that read a version's files, the current one's unless another is named, for 15 minutes.
 *
 * @throws LoraloomError as {@link resolveVersion}
 */
export const versionDownload = async (
  store: Store,
  scope: AvatarScope,
  { version }: { version?: string | undefined } = {},
): Promise<VersionDownload> => {
  const { id, files } = await resolveVersion(store, scope, version);
  const expiresAt = urlEnd(store.objects, downloadSeconds);
  const urlOf = ({ name }: VersionFile) =>
    presignGet(store.objects, {
      key: adapterKeys(scope).versionFile(id, name),
      expiresIn: downloadSeconds,
      downloadName: name,
    });
  const signed = files.map(async (file) => ({ ...file, url: await urlOf(file) }));
  return { versionId: id, files: await Promise.all(signed), expiresAt };
};

/**
 * Opens the files of a version one after the other. Who reads them checks their `sha256`.
 *
 * @throws LoraloomError `corrupt_adapter` when a file is gone, `storage_unavailable`
 */
export async function* fetchVersionFiles(
  store: Store,
  version: Version,
): AsyncGenerator<VersionFile & { content: ObjectContent }> {
  for (const file of version.files) {
    const key = adapterKeys(version).versionFile(version.id, file.name);
    const content = await getObject(store.objects, { key });
    if (!content)
      throw new LoraloomError("corrupt_adapter", `Version '${version.id}' has lost its file '${file.name}'.`);
    yield { ...file, content };
  }
}
