import { listDeliveries } from "@loraloom/store/webhooks";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { deliveryPageShape, nextCursor } from "../schemas/page.ts";
import { toApiDelivery } from "./to-api-webhook.ts";
import { deliverySchema, deliveryState, webhookId } from "./webhook-schemas.ts";

/** What was sent and is to be sent, and what became of it, the newest first. */
export const deliveries = userProcedure("read", {
  webhookId,
  state: deliveryState.optional(),
  ...deliveryPageShape,
})
  .output(z.object({ deliveries: z.array(deliverySchema), nextCursor }))
  .query(async ({ ctx, input: { webhookId: id, state, cursor, limit } }) => {
    const page = await listDeliveries(ctx.store, ctx.userId, { webhookId: id, state, cursor, limit });
    return { ...page, deliveries: page.deliveries.map(toApiDelivery) };
  });
