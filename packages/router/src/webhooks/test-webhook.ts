import { testWebhook } from "@loraloom/store/webhooks";
import { webhookPolicyOf } from "../deployment.ts";
import { userMutation } from "../procedure.ts";
import { toApiDelivery } from "./to-api-webhook.ts";
import { deliverySchema, webhookId } from "./webhook-schemas.ts";

/** Sends a message that tells of no run, once and at once; the answer says what came of it. */
export const test = userMutation("write", { webhookId })
  .output(deliverySchema)
  .mutation(async ({ ctx, input }) => {
    const { store, userId, deployment, rates } = ctx;
    await rates.take("webhookCalls", userId);
    const about = { userId, id: input.webhookId };
    return toApiDelivery(await testWebhook(store, about, webhookPolicyOf(deployment)));
  });
