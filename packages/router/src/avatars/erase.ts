import { erase as eraseScope } from "../erasure/erase.ts";
import { erasureSchema, erasureShape } from "../erasure/erasure-schema.ts";
import { avatarMutation } from "../procedure.ts";

/**
 * Removes everything of an avatar for good: files, runs, versions, backups, and their objects. Running work ends at
 * once, and the id can't be used again. `dryRun` only says what there is. Only the
 * avatar's owner may.
 */
export const erase = avatarMutation("write", erasureShape, "own")
  .meta({ answer: "anew" })
  .output(erasureSchema)
  .mutation(({ ctx, input }) => eraseScope(ctx, ctx.avatar, input));
