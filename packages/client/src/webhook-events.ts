import type { Client } from "./create-client.ts";

type CreateInput = Parameters<Client["webhooks"]["create"]["mutate"]>[0];
/** A state of a run that a webhook may be told of. */
export type WebhookEvent = NonNullable<CreateInput["events"]>[number];

/** Every one that the service knows: with one too few or too many this does not compile. */
const every: Record<WebhookEvent, true> = {
  "run-queued": true,
  "run-claimed": true,
  "run-started": true,
  "run-exporting": true,
  "run-completed": true,
  "run-failed": true,
  "run-cancelled": true,
  "run-requeued": true,
};

export const isWebhookEvent = (type: string): type is WebhookEvent => Object.hasOwn(every, type);

/** All that `webhooks.create` takes for `events`, in the order of a run. */
export const webhookEvents: WebhookEvent[] = Object.keys(every).filter(isWebhookEvent);
