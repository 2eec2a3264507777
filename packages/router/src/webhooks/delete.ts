import { deleteWebhook } from "@loraloom/store/webhooks";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { userMutation } from "../procedure.ts";
import { webhookId } from "./webhook-schemas.ts";

/** Deletes a webhook with its log; what was not sent yet is not sent. */
export const deleteOne = userMutation("write", { webhookId })
  .output(z.object({ webhookId: z.string() }))
  .mutation(async ({ ctx, input }) => {
    const { userId } = ctx;
    await deleteWebhook(ctx.store, userId, input.webhookId);
    const avatar = { userId, avatarId: null };
    await audit({ ...ctx, avatar }, { action: "webhook-deleted", subject: input.webhookId });
    return { webhookId: input.webhookId };
  });
