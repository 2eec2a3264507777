import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { releasePrefix, requestPrefixSweep } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { backups } from "../tables/index.ts";
import { backupNotFound, ofAvatar } from "./backup.ts";

/**
 * Deletes a backup; its objects follow. Versions restored from it stay.
 *
 * @throws LoraloomError `backup_not_found`
 */
export const deleteBackup = async (store: Store, scope: AvatarScope, backupId: string): Promise<void> => {
  const prefix = adapterKeys(scope).backupPrefix(backupId);
  await store.db.transaction(async (tx) => {
    const deleted = await tx.delete(backups).where(ofAvatar(scope, backupId)).returning({ id: backups.id });
    if (deleted.length === 0) throw backupNotFound(scope, backupId);
    await releasePrefix(tx, prefix);
  });
  requestPrefixSweep(store, prefix);
};
