import { LoraloomError } from "@loraloom/errors";
import { requireFuture, setShare } from "@loraloom/store/access";
import { checkUserId } from "@loraloom/store/keys";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { futureDate } from "../schemas/future-date.ts";
import { role, shareSchema } from "./share-schemas.ts";

/** Shares an avatar with another user, or changes how it is shared. Only its owner may. */
export const set = avatarMutation(
  "write",
  {
    with: z.string(),
    role,
    /** Left out: it lasts until it is removed. */
    expiresAt: futureDate.optional(),
  },
  "own",
)
  .meta({ again: true })
  .output(shareSchema)
  .mutation(async ({ ctx, input: { with: user, role, expiresAt } }) => {
    const { userId: ownerId, avatarId } = ctx.avatar;
    await ctx.rates.take("shareCalls", ownerId);
    const userId = checkUserId(user);
    if (userId === ownerId)
      throw new LoraloomError("share_refused", `with = '${userId}': the avatar is that user's own.`);
    await requireFuture(ctx.store, expiresAt);
    const share = await setShare(ctx.store, { ownerId, avatarId, userId, role, expiresAt });
    await audit(ctx, { action: "avatar-shared", subject: `${userId} as ${role}` });
    return share;
  });
