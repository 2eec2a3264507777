import { createBackup } from "@loraloom/store/backups";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { versionId } from "./adapter-schemas.ts";
import { toApiBackup } from "./to-api-backup.ts";
import { backupSchema } from "./upkeep-schemas.ts";

/** Copies a version to where the adapter's deletion doesn't reach it; the current one unless another is named. */
export const backup = avatarMutation("write", { version: versionId.optional() })
  .output(backupSchema)
  .mutation(async ({ ctx, input }) => {
    const made = await createBackup(ctx.store, ctx.avatar, input);
    await audit(ctx, { action: "adapter-backed-up", subject: made.id });
    return toApiBackup(made);
  });
