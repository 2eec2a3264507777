/** Users are told of the states of their runs by signed HTTP messages from an outbox. */

export { sendDue } from "./deliver.ts";
export { findDueWebhooks, listDeliveries, redeliver, testWebhook } from "./deliveries.ts";
export type { Delivery, Webhook } from "./delivery.ts";
export { parseNetwork } from "./networks.ts";
export { sweepDeliveries } from "./sweep-deliveries.ts";
export type { WebhookPolicy } from "./target.ts";
export { type WebhookEvent, webhookEvents } from "./webhook-event.ts";
export {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  updateWebhook,
  type WebhookChange,
  type WebhookInput,
} from "./webhooks.ts";
