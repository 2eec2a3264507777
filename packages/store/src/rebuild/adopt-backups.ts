import { eq } from "drizzle-orm";
import { isValid } from "ulid";
import { type BackupRecord, backupRecordSchema } from "../backups/backup-record.ts";
import { newBackup } from "../backups/create-backup.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { listFolders, readJson } from "../objects/index.ts";
import { isStaged } from "../staging/index.ts";
import { backups } from "../tables/index.ts";
import { findFault } from "./file-faults.ts";
import { noteDamaged } from "./outcome.ts";
import type { Rebuild } from "./rebuild.ts";

/** The backups that are whole and that the table doesn't have. */
export const adoptBackups = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  for await (const id of listFolders(work.store.objects, adapterKeys(scope).backupsPrefix)) {
    if (isValid(id)) await adoptBackup(work, scope, id);
  }
};

const adoptBackup = async (work: Rebuild, scope: AvatarScope, id: string): Promise<void> => {
  const { store, outcome } = work;
  if ((await store.db.$count(backups, eq(backups.id, id))) > 0) return;
  const keys = adapterKeys(scope);
  const read = await readJson(store.objects, keys.backupRecord(id), backupRecordSchema);
  // Without its last object it was never finished.
  if (read === "missing") return;
  if (read === "damaged" || !isOf(read.value, scope, id))
    return noteDamaged(outcome, { key: keys.backupRecord(id), reason: "is not the record of this backup" });
  const fault = await findFault(store, read.value.manifest.files, (file) => keys.backupFile(id, file));
  if (fault) return noteDamaged(outcome, fault);
  if (await insertBackup(work, read.value)) outcome.backups += 1;
};

const isOf = ({ backup, origin }: BackupRecord, { userId, avatarId }: AvatarScope, id: string): boolean =>
  backup === id && origin.userId === userId && origin.avatarId === avatarId;

/** Unless it is just being made, or deleted. */
const insertBackup = ({ store }: Rebuild, { backup: id, origin, manifest }: BackupRecord): Promise<boolean> =>
  store.db.transaction(async (tx) => {
    const { version: versionId, state: versionState, ...scope } = origin;
    if (await isStaged(tx, adapterKeys(scope).backupPrefix(id))) return false;
    const row = newBackup({ id, ...scope, versionId, versionState, manifest });
    const inserted = await tx.insert(backups).values(row).onConflictDoNothing().returning({ id: backups.id });
    return inserted.length > 0;
  });
