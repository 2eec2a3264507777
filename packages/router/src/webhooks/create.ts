import { checkAvatarId } from "@loraloom/store/keys";
import { createWebhook } from "@loraloom/store/webhooks";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { webhookPolicyOf } from "../deployment.ts";
import { userMutation } from "../procedure.ts";
import { toApiWebhook } from "./to-api-webhook.ts";
import { eventsSchema, newWebhookSchema, usualEvents, webhookUrl } from "./webhook-schemas.ts";

/** Has a URL told of the states of a user's runs. The answer holds the secret that its messages are signed with. */
export const create = userMutation("write", {
  url: webhookUrl,
  events: eventsSchema.default(usualEvents),
  /** Of this avatar's runs only. */
  avatarId: z.string().optional(),
})
  .meta({ answer: "secret" })
  .output(newWebhookSchema)
  .mutation(async ({ ctx, input: { url, events, avatarId } }) => {
    const { userId, deployment, rates } = ctx;
    await rates.take("webhookCalls", userId);
    const about = { userId, url, events, avatarId: avatarId === undefined ? null : checkAvatarId(avatarId) };
    const { webhook, secret } = await createWebhook(ctx.store, about, webhookPolicyOf(deployment));
    const avatar = { userId, avatarId: webhook.avatarId };
    await audit({ ...ctx, avatar }, { action: "webhook-created", subject: webhook.id });
    return { ...toApiWebhook(webhook), secret };
  });
