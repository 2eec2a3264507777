import { writeManifest } from "../adapters/manifest.ts";
import { requestAdapterProjection } from "../adapters/project-adapter.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { whileStaged } from "../staging/index.ts";
import type { Store } from "../store.ts";
import type { PublishMode, VersionManifest } from "../tables/index.ts";
import type { Backup } from "./backup.ts";
import { copyFiles } from "./copy-files.ts";
import { publishAgain, publishRestored, type Restored } from "./publish-restored.ts";
import { getBackup } from "./read-backups.ts";
import { findRestored, readTarget, type Target } from "./restore-target.ts";

export type RestoreInput = {
  backupId: string;
  /** The avatar of the same user whose backup it is; left out: the one that is restored into. */
  fromAvatarId?: string | undefined;
  publish: PublishMode;
};

/**
 * Makes a backup a version of an avatar's adapter, which is made where there is none. A backup becomes one version of
 * an adapter, however often it is restored: a second call only makes it current where that is asked for.
 *
 * @throws LoraloomError `backup_not_found`, `base_model_mismatch`, `adapter_deleted` (meanwhile), `corrupt_adapter`,
 * `storage_unavailable`
 */
export const restoreBackup = async (
  store: Store,
  scope: AvatarScope,
  { backupId, fromAvatarId = scope.avatarId, publish }: RestoreInput,
): Promise<Restored> => {
  const backup = await getBackup(store, { userId: scope.userId, avatarId: fromAvatarId }, backupId);
  const target = await readTarget(store.db, scope, backup);
  const restored = (await findRestored(store.db, target, backupId))
    ? await publishAgain(store, { backup, target, publish })
    : await copyAndPublish(store, { backup, target, publish });
  requestAdapterProjection(store, scope);
  return restored;
};

export type Restore = { backup: Backup; target: Target; publish: PublishMode };

const copyAndPublish = async (store: Store, restore: Restore): Promise<Restored> => {
  const manifest = manifestOfRestored(restore, newId());
  const prefix = adapterKeys(restore.target).versionPrefix(manifest.version);
  return whileStaged(store, prefix, async () => {
    await copyToVersion(store, restore, manifest);
    return publishRestored(store, restore, manifest);
  });
};

/** The same as it was, but for its own name and where it came from. */
export const manifestOfRestored = ({ backup, target }: Restore, version: string): VersionManifest => ({
  ...backup.manifest,
  version,
  generation: target.generation,
  parents: [{ version: backup.versionId, how: "restored" }],
  restoredFrom: backup.id,
});

/** Files first, verified, and the manifest last. */
const copyToVersion = async (
  store: Store,
  { backup, target }: Pick<Restore, "backup" | "target">,
  manifest: VersionManifest,
): Promise<void> => {
  await copyFiles(store, manifest.files, {
    from: (file) => adapterKeys(backup).backupFile(backup.id, file),
    to: (file) => adapterKeys(target).versionFile(manifest.version, file),
  });
  await writeManifest(store, target, { ...manifest });
};
