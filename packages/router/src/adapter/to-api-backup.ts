import type { Backup } from "@loraloom/store/backups";
import type { z } from "zod";
import type { backupSchema } from "./upkeep-schemas.ts";

/** A backup as the API shows it. */
export const toApiBackup = ({ versionId, manifest, ...backup }: Backup): z.input<typeof backupSchema> => ({
  ...backup,
  version: versionId,
  files: manifest.files,
});
