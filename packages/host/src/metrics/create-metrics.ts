import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import type { ObservedCall } from "@loraloom/router";
import { databaseFailure, type Store } from "@loraloom/store";
import { createRegistry, measureObjectRequests, type ObjectRequest } from "@loraloom/telemetry";
import { atMostEach, usualAge } from "../http/at-most-each.ts";
import { measureCalls } from "./calls.ts";
import { measurePool } from "./pool.ts";
import { measureRequests, type RequestMeter } from "./requests.ts";
import { measureService, type ServiceMeter } from "./service.ts";

/** What a host knows of itself and, at the moment of a scrape, of the service. */
export type HostMetrics = {
  onObjectRequest: (request: ObjectRequest) => void;
  onCall: (call: ObservedCall) => void;
  requests: RequestMeter;
  /**
   * All figures in Prometheus' text form; of the host alone while the database does not answer.
   *
   * @param store throws a LoraloomError while the host is not connected
   */
  render: (store: () => Store) => Promise<{ contentType: string; text: string }>;
};

export const createHostMetrics = (): HostMetrics => {
  const registry = createRegistry();
  const service = measureService(registry);
  const showPool = measurePool(registry);
  let reading: { store: Store; read: () => Promise<void> } | undefined;
  const readOf = async (store: Store): Promise<void> => {
    showPool(store);
    if (reading?.store !== store) reading = { store, read: atMostEach(usualAge, () => service.read(store)) };
    await reading.read();
  };
  return {
    onObjectRequest: measureObjectRequests(registry),
    onCall: measureCalls(registry),
    requests: measureRequests(registry),
    render: async (store) => {
      await inTime(() => readOf(store())).catch(forgetIfGone(service));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
};

const forgetIfGone =
  ({ forget }: ServiceMeter) =>
  (error: unknown): void => {
    if (!isLoraloomError(error) && !databaseFailure(error)) throw error;
    forget();
  };

/** A scrape is given up by Prometheus after 10 s, and then tells nothing at all. */
const patienceMilliseconds = 3_000;

const inTime = async (work: () => Promise<void>): Promise<void> => {
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
  const late = new LoraloomError("database_unavailable", "The database did not answer a scrape in time.");
  const timer = setTimeout(() => giveUp(late), patienceMilliseconds);
  try {
    await Promise.race([work(), given]);
  } finally {
    clearTimeout(timer);
  }
};
