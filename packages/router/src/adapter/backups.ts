import { listBackups } from "@loraloom/store/backups";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { idPageShape, nextCursor } from "../schemas/page.ts";
import { toApiBackup } from "./to-api-backup.ts";
import { backupSchema } from "./upkeep-schemas.ts";

/** The avatar's backups, the newest first; its adapter may be deleted. */
export const backups = avatarProcedure("read", idPageShape)
  .output(z.object({ backups: z.array(backupSchema), nextCursor }))
  .query(async ({ ctx, input }) => {
    const page = await listBackups(ctx.store, ctx.avatar, input);
    return { backups: page.backups.map(toApiBackup), nextCursor: page.nextCursor };
  });
