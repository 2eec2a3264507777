import { decodeTime } from "ulid";
import { describeVersion } from "../adapters/describe-version.ts";
import { resolveVersion } from "../adapters/index.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { claimPrefix, whileStaged } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { backups } from "../tables/index.ts";
import { withinStorage } from "../usage/require-storage.ts";
import type { Backup } from "./backup.ts";
import { writeBackupRecord } from "./backup-record.ts";
import { copyFiles } from "./copy-files.ts";

/**
 * Copies a version, the current one unless another is named, to where neither training nor the adapter's deletion
 * touches it. It is there wholly or not at all.
 *
 * @throws LoraloomError `adapter_not_found`, `version_not_found`, `no_current_version`, `corrupt_adapter`,
 * `limit_reached`, `storage_unavailable`
 */
export const createBackup = async (
  store: Store,
  scope: AvatarScope,
  { version }: { version?: string | undefined } = {},
): Promise<Backup> => {
  const backup = await planBackup(store, scope, version);
  const keys = adapterKeys(scope);
  return whileStaged(store, keys.backupPrefix(backup.id), async () => {
    await copyFiles(store, backup.manifest.files, {
      from: (file) => keys.versionFile(backup.versionId, file),
      to: (file) => keys.backupFile(backup.id, file),
    });
    await writeBackupRecord(store, backup);
    return showBackup(store, backup);
  });
};

export const planBackup = async (
  store: Store,
  { userId, avatarId }: AvatarScope,
  named: string | undefined,
) => {
  const version = await resolveVersion(store, { userId, avatarId }, named);
  return newBackup({
    id: newId(),
    userId,
    avatarId,
    versionId: version.id,
    versionState: version.state,
    manifest: await describeVersion(store, version),
  });
};

/** A row of what `backup.json` tells. */
export const newBackup = (backup: Omit<Backup, "baseModel" | "bytes" | "createdAt">): Backup => ({
  ...backup,
  baseModel: backup.manifest.baseModel,
  bytes: backup.manifest.files.reduce((total, { size }) => total + size, 0),
  createdAt: new Date(decodeTime(backup.id)),
});

/** The last step of {@link createBackup}. */
export const showBackup = (store: Store, backup: Backup): Promise<Backup> =>
  store.db.transaction(async (tx) => {
    await claimPrefix(tx, adapterKeys(backup).backupPrefix(backup.id));
    await withinStorage(tx, backup.userId, () => tx.insert(backups).values(backup));
    return backup;
  });
