/** Copies of versions that outlive the adapter, and versions made of them. */
export type { Backup } from "./backup.ts";
export { createBackup } from "./create-backup.ts";
export { deleteBackup } from "./delete-backup.ts";
export type { Restored } from "./publish-restored.ts";
export { getBackup, listBackups } from "./read-backups.ts";
export { type RestoreInput, restoreBackup } from "./restore-backup.ts";
