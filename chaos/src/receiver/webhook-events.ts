import type { Client } from "@loraloom/client";

type CreateInput = Parameters<Client["webhooks"]["create"]["mutate"]>[0];
type EventName = NonNullable<CreateInput["events"]>[number];

const every: Record<EventName, true> = {
  "run-queued": true,
  "run-claimed": true,
  "run-started": true,
  "run-exporting": true,
  "run-completed": true,
  "run-failed": true,
  "run-cancelled": true,
  "run-requeued": true,
};

export const isWebhookEvent = (type: string): type is EventName => Object.hasOwn(every, type);

/** What each user of chaos asks to be told of: every state of a run. */
export const webhookEvents = Object.keys(every).filter(isWebhookEvent);
