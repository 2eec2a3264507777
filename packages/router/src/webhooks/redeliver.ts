import { redeliver as redeliverOne } from "@loraloom/store/webhooks";
import { audit } from "../access/audit.ts";
import { userMutation } from "../procedure.ts";
import { toApiDelivery } from "./to-api-webhook.ts";
import { deliveryId, deliverySchema } from "./webhook-schemas.ts";

/** Sends a message again, under the same id, whatever became of it before. */
export const redeliver = userMutation("write", { deliveryId })
  .output(deliverySchema)
  .mutation(async ({ ctx, input }) => {
    const { userId, rates } = ctx;
    await rates.take("webhookCalls", userId);
    const delivery = await redeliverOne(ctx.store, userId, input.deliveryId);
    const avatar = { userId, avatarId: delivery.avatarId };
    await audit({ ...ctx, avatar }, { action: "webhook-redelivered", subject: delivery.id });
    return toApiDelivery(delivery);
  });
