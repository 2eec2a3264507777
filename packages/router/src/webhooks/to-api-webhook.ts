import type { Delivery, Webhook } from "@loraloom/store/webhooks";
import type { z } from "zod";
import { type deliverySchema, eventsSchema, type webhookSchema } from "./webhook-schemas.ts";

export const toApiWebhook = (webhook: Webhook): z.output<typeof webhookSchema> => {
  const { id, url, events, avatarId, createdAt, disabledAt, failures, restsUntil } = webhook;
  return {
    ...{ id, url, avatarId, createdAt, failures, restsUntil },
    events: eventsSchema.parse(events),
    enabled: disabledAt === null,
  };
};

export const toApiDelivery = (delivery: Delivery): z.output<typeof deliverySchema> => {
  const { id, webhookId, type, runId, state, tries, createdAt, dueAt, endedAt, log } = delivery;
  return {
    ...{ id, webhookId, type, runId, state, tries, createdAt, endedAt },
    nextTryAt: state === "pending" ? dueAt : null,
    log: log.map((made) => ({ ...made, at: new Date(made.at) })),
  };
};
