import { checkAvatarId } from "@loraloom/store/keys";
import { updateWebhook } from "@loraloom/store/webhooks";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { webhookPolicyOf } from "../deployment.ts";
import { userMutation } from "../procedure.ts";
import { toApiWebhook } from "./to-api-webhook.ts";
import { eventsSchema, webhookId, webhookSchema, webhookUrl } from "./webhook-schemas.ts";

/** Changes what is named; the secret stays. What waits is sent to the new URL. */
export const update = userMutation("write", {
  webhookId,
  url: webhookUrl.optional(),
  events: eventsSchema.optional(),
  /** null: of all avatars. */
  avatarId: z.string().nullish(),
  /** false: nothing is sent, and nothing is kept for later. */
  enabled: z.boolean().optional(),
})
  .meta({ again: true })
  .output(webhookSchema)
  .mutation(async ({ ctx, input: { webhookId: id, url, events, avatarId, enabled } }) => {
    const { userId, deployment, rates } = ctx;
    await rates.take("webhookCalls", userId);
    const webhook = await updateWebhook(
      ctx.store,
      {
        ...{ userId, id, enabled },
        ...(url !== undefined && { url }),
        ...(events && { events }),
        ...(avatarId !== undefined && { avatarId: avatarId && checkAvatarId(avatarId) }),
      },
      webhookPolicyOf(deployment),
    );
    const avatar = { userId, avatarId: webhook.avatarId };
    await audit({ ...ctx, avatar }, { action: "webhook-changed", subject: id });
    return toApiWebhook(webhook);
  });
