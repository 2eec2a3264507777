import { z } from "zod";
import { manifestSchema, ulidSchema } from "../adapters/manifest.ts";
import { adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { Backup } from "./backup.ts";

/** `backup.json`, the last object of a backup: all that a restore needs to know, also without our tables. */
export const backupRecordSchema = z.object({
  backup: ulidSchema,
  origin: z.object({
    userId: z.string(),
    avatarId: z.string(),
    version: ulidSchema,
    state: z.enum(["candidate", "current", "previous", "rejected"]),
  }),
  manifest: manifestSchema,
});
export type BackupRecord = z.infer<typeof backupRecordSchema>;

/** @throws LoraloomError `storage_unavailable` */
export const writeBackupRecord = async (
  { objects }: Store,
  { id, userId, avatarId, versionId, versionState, manifest }: Omit<Backup, "createdAt">,
): Promise<void> => {
  const origin = { userId, avatarId, version: versionId, state: versionState };
  await putObject(objects, {
    key: adapterKeys({ userId, avatarId }).backupRecord(id),
    body: `${JSON.stringify({ backup: id, origin, manifest }, null, 2)}\n`,
    contentType: "application/json",
  });
};
