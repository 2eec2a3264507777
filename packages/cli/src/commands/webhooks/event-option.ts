import { Option } from "@commander-js/extra-typings";

const events = [
  "run-queued",
  "run-claimed",
  "run-started",
  "run-exporting",
  "run-completed",
  "run-failed",
  "run-cancelled",
  "run-requeued",
] as const;

export type EventName = (typeof events)[number];

/** Not a default of commander's: what is left out is left to the service. */
export const eventsOption = (description: string) =>
  new Option("--events <events...>", description).choices(events);
