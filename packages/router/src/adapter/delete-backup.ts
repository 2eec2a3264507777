import { deleteBackup as deleteStored } from "@loraloom/store/backups";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { backupId } from "./upkeep-schemas.ts";

/** Deletes a backup; versions that were restored from it stay. */
export const deleteBackup = avatarMutation("write", { backupId })
  .output(z.object({ backupId: z.string() }))
  .mutation(async ({ ctx, input: { backupId } }) => {
    await deleteStored(ctx.store, ctx.avatar, backupId);
    await audit(ctx, { action: "backup-deleted", subject: backupId });
    return { backupId };
  });
