import { measureObjectRequests, type ObjectRequest } from "@loraloom/telemetry";
import type { Registry } from "prom-client";

/** A worker's requests to the object store, as its own figures show them and as it tells them to the hosts. */
export type ObjectTally = {
  note: (request: ObjectRequest) => void;
  /** Since the worker started: those that failed in the end, and those that it sent again. */
  told: () => { objectFailures: number; objectRetries: number };
};

export const tallyObjectRequests = (figures: Registry): ObjectTally => {
  const measure = measureObjectRequests(figures);
  const told = { objectFailures: 0, objectRetries: 0 };
  return {
    note: (request) => {
      measure(request);
      told.objectRetries += request.retries;
      if (request.outcome === "failed") told.objectFailures += 1;
    },
    told: () => ({ ...told }),
  };
};
