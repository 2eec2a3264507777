import { and, desc, eq, gt, sql } from "drizzle-orm";
import { resolveVersion } from "../adapters/index.ts";
import type { Version } from "../adapters/version.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { presignGet, urlEnd } from "../objects/index.ts";
import { claimPrefix, whileStaged } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { exports } from "../tables/index.ts";
import { type Archive, makeArchive } from "./make-archive.ts";

const urlSeconds = 15 * 60;
/** So long does an archive last. */
export const keptHours = 24;

export type ArchiveDownload = {
  versionId: string;
  archive: Archive & { name: string; url: string };
  expiresAt: Date;
};
type Export = typeof exports.$inferSelect;

/**
 * One URL that reads a version, the current one unless another is named, as a zip archive, for 15 minutes. The
 * archive is made by the first call and kept for a day.
 *
 * @throws LoraloomError `adapter_not_found`, `version_not_found`, `no_current_version`, `corrupt_adapter`,
 * `storage_unavailable`
 */
export const downloadArchive = async (
  store: Store,
  scope: AvatarScope,
  { version: named }: { version?: string | undefined } = {},
): Promise<ArchiveDownload> => {
  const version = await resolveVersion(store, scope, named);
  const expiresAt = urlEnd(store.objects, urlSeconds);
  const { id, size, sha256 } = (await findExport(store, version)) ?? (await createExport(store, version));
  const name = archiveName(version);
  const key = adapterKeys(scope).exportFile(id, name);
  const url = await presignGet(store.objects, { key, expiresIn: urlSeconds, downloadName: name });
  return { versionId: version.id, archive: { name, size, sha256, url }, expiresAt };
};

const archiveName = ({ id }: Version): string => `adapter-${id}.zip`;

/** One that outlives a URL made now. */
const findExport = async ({ db }: Store, { id }: Version): Promise<Export | undefined> => {
  const outlives = gt(exports.expiresAt, sql`now() + make_interval(secs => ${urlSeconds})`);
  const [found] = await db
    .select()
    .from(exports)
    .where(and(eq(exports.versionId, id), outlives))
    .orderBy(desc(exports.expiresAt))
    .limit(1);
  return found;
};

const createExport = (store: Store, version: Version): Promise<Export> => {
  const id = newId();
  const keys = adapterKeys(version);
  return whileStaged(store, keys.exportPrefix(id), async () => {
    const archive = await makeArchive(store, version, keys.exportFile(id, archiveName(version)));
    return showExport(store, version, { id, ...archive });
  });
};

const showExport = (store: Store, version: Version, made: Archive & { id: string }): Promise<Export> =>
  store.db.transaction(async (tx) => {
    const { userId, avatarId, id: versionId } = version;
    await claimPrefix(tx, adapterKeys(version).exportPrefix(made.id));
    const expiresAt = sql`now() + make_interval(hours => ${keptHours})`;
    const [shown] = await tx
      .insert(exports)
      .values({ ...made, userId, avatarId, versionId, expiresAt })
      .returning();
    if (!shown) throw new Error("An insert answered with no row.");
    return shown;
  });
