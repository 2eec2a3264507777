import type { Logger } from "@loraloom/store";
import { type Caller, resolveCaller } from "./access/caller.ts";
import type { Context, Services } from "./context.ts";

export type RequestFacts = {
  requestId: string;
  log: Logger;
  /** The header of that name. */
  authorization: string | undefined;
  services: () => Services;
  /** Left out: nobody counts calls. */
  onCall?: Context["onCall"];
};

/** The context of one HTTP request. Its key is looked up when the first call needs it, and once. */
export const createContext = ({
  requestId,
  log,
  authorization,
  services,
  onCall = () => {},
}: RequestFacts): Context => {
  let caller: Promise<Caller> | undefined;
  return {
    requestId,
    log,
    services,
    onCall,
    origin: { requestId },
    resolveCaller: () => {
      caller ??= resolveCaller(services, authorization);
      return caller;
    },
  };
};
