import { Option } from "@commander-js/extra-typings";
import { webhookEvents } from "@loraloom/client";

/** Not a default of commander's: what is left out is left to the service. */
export const eventsOption = (description: string) =>
  new Option("--events <events...>", description).choices(webhookEvents);
