import { LoraloomError } from "@loraloom/errors";
import { activateAdapter } from "../adapters/activate-adapter.ts";
import { insertDescribed } from "../adapters/describe-version.ts";
import { type Adapter, lockActiveAdapter } from "../adapters/lock-adapter.ts";
import { makeCurrent } from "../adapters/make-current.ts";
import { adapterKeys } from "../keys/index.ts";
import { abandonPrefix, claimPrefix } from "../staging/index.ts";
import type { Store } from "../store.ts";
import type { VersionManifest } from "../tables/adapters.ts";
import type { Transaction } from "../transaction.ts";
import type { Restore } from "./restore-backup.ts";
import { findRestored, requireSameBase } from "./restore-target.ts";

export type Restored = { versionId: string; adapter: Adapter };

/**
 * Shows a version whose files are copied and verified, as a run's end shows its own: one transaction under the
 * adapter's lock.
 */
export const publishRestored = (
  store: Store,
  restore: Restore,
  manifest: VersionManifest,
): Promise<Restored> =>
  store.db.transaction(async (tx) => {
    const adapter = await lockTarget(tx, restore);
    const prefix = adapterKeys(adapter).versionPrefix(manifest.version);
    const twin = await findRestored(tx, adapter, restore.backup.id);
    if (twin) {
      await abandonPrefix(tx, prefix);
      return publishVersion(tx, { adapter, versionId: twin.id, restore });
    }
    await claimPrefix(tx, prefix);
    const { userId, avatarId } = adapter;
    await insertDescribed(tx, { userId, avatarId, state: "candidate", publishedSeq: null, manifest });
    return publishVersion(tx, { adapter, versionId: manifest.version, restore });
  });

/** The version is there since an earlier call, whose answer may have been lost. */
export const publishAgain = (store: Store, restore: Restore): Promise<Restored> =>
  store.db.transaction(async (tx) => {
    const adapter = await lockTarget(tx, restore);
    const version = await findRestored(tx, adapter, restore.backup.id);
    if (!version)
      throw new Error(`The version of backup ${restore.backup.id} is gone although nothing deletes versions`);
    return publishVersion(tx, { adapter, versionId: version.id, restore });
  });

/** The adapter as it was when the restore began, made now where there was none. */
const lockTarget = async (tx: Transaction, { backup, target }: Restore): Promise<Adapter> => {
  const adapter =
    (await activateAdapter(tx, target, backup.baseModel)) ?? (await lockActiveAdapter(tx, target));
  requireSameBase(adapter, backup);
  if (adapter.generation === target.generation) return adapter;
  throw new LoraloomError(
    "adapter_deleted",
    `The adapter of avatar '${target.avatarId}' was deleted while backup '${backup.id}' was restored into it.`,
  );
};

const publishVersion = async (
  tx: Transaction,
  { adapter, versionId, restore }: { adapter: Adapter; versionId: string; restore: Restore },
): Promise<Restored> => {
  const isDue = restore.publish === "current" && adapter.currentVersion !== versionId;
  return { versionId, adapter: isDue ? await makeCurrent(tx, adapter, versionId) : adapter };
};
