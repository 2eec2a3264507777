import type { RunEvent } from "../events/run-event.ts";

/** The events that webhooks can be sent for: a run's states, and none that comes with each step. */
export const webhookEvents = [
  "run-queued",
  "run-claimed",
  "run-started",
  "run-exporting",
  "run-completed",
  "run-failed",
  "run-cancelled",
  "run-requeued",
] as const satisfies RunEvent["type"][];

export type WebhookEvent = (typeof webhookEvents)[number];

/** What `test` sends; nobody can ask for it otherwise. */
export const testEvent = "webhook-test";

export const isWebhookEvent = (type: string): type is WebhookEvent =>
  webhookEvents.some((event) => event === type);
