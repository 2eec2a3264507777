import { LoraloomError } from "@loraloom/errors";
import { removeShare } from "@loraloom/store/access";
import { checkUserId } from "@loraloom/store/keys";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";

/** Ends a share: the next call of that user is refused, and a watch that is open ends within half a minute. */
export const remove = avatarMutation("write", { with: z.string() }, "own")
  .output(z.object({ userId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const { userId: ownerId, avatarId } = ctx.avatar;
    const userId = checkUserId(input.with);
    if (!(await removeShare(ctx.store, { ownerId, avatarId, userId }))) throw notShared(userId, avatarId);
    await audit(ctx, { action: "share-removed", subject: userId });
    return { userId };
  });

const notShared = (userId: string, avatarId: string): LoraloomError =>
  new LoraloomError("share_not_found", `The avatar '${avatarId}' is not shared with '${userId}'.`, {
    details: { avatarId, userId },
  });
