import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";

type CreateInput = Parameters<Client["webhooks"]["create"]["mutate"]>[0];
export type EventName = NonNullable<CreateInput["events"]>[number];

/** Every one that the service knows: with one too few or too many this does not compile. */
const events: Record<EventName, true> = {
  "run-queued": true,
  "run-claimed": true,
  "run-started": true,
  "run-exporting": true,
  "run-completed": true,
  "run-failed": true,
  "run-cancelled": true,
  "run-requeued": true,
};
const isEvent = (name: string): name is EventName => Object.hasOwn(events, name);

/** Not a default of commander's: what is left out is left to the service. */
export const eventsOption = (description: string) =>
  new Option("--events <events...>", description).choices(Object.keys(events).filter(isEvent));
