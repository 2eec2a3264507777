import { restoreBackup } from "@loraloom/store/backups";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { otherAvatarOf } from "../access/owner.ts";
import { avatarMutation } from "../procedure.ts";
import { adapterSchema } from "./adapter-schemas.ts";
import { backupId } from "./upkeep-schemas.ts";

/**
 * Makes a version of a backup, of this avatar or of another one of the same user, and the adapter where there is
 * none. The same call again gives the same version.
 */
export const restore = avatarMutation("write", {
  backupId,
  fromAvatarId: z.string().optional(),
  /** `candidate`: readers keep the current version until it is promoted by `adapter.rollback`. */
  publish: z.enum(["current", "candidate"]).default("current"),
})
  .meta({ again: true })
  .output(z.object({ version: z.string(), adapter: adapterSchema }))
  .mutation(async ({ ctx, input: { backupId, fromAvatarId, publish } }) => {
    const from = fromAvatarId === undefined ? ctx.avatar : await otherAvatarOf(ctx, fromAvatarId);
    const source = { backupId, fromAvatarId: from.avatarId };
    const restored = await restoreBackup(ctx.store, ctx.avatar, { ...source, publish });
    await audit(ctx, { action: "adapter-restored", subject: restored.versionId });
    return { version: restored.versionId, adapter: restored.adapter };
  });
