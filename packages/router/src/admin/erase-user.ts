import { checkUserId } from "@loraloom/store/keys";
import { z } from "zod";
import { erase } from "../erasure/erase.ts";
import { erasureSchema, erasureShape } from "../erasure/erasure-schema.ts";
import { serviceMutation } from "../procedure.ts";

/**
 * Removes everything of a user for good: all avatars, files, runs, versions, backups, keys and secrets. Running work ends
 * at once, and the id can't be used again. `dryRun` only says what there is.
 */
export const eraseUser = serviceMutation({ userId: z.string(), ...erasureShape })
  .meta({ answer: "anew" })
  .output(erasureSchema)
  .mutation(({ ctx, input: { userId, ...asked } }) =>
    erase(ctx, { userId: checkUserId(userId), avatarId: null }, asked),
  );
