import type { Store } from "@loraloom/store";
import { Gauge, type Registry } from "prom-client";

/** Tells of a host's own connections to the database, also while that does not answer. */
export const measurePool = (registry: Registry): ((store: Pick<Store, "pool">) => void) => {
  const connections = new Gauge({
    name: "loraloom_database_pool_connections",
    help: "This host's connections to the database, and calls that wait for one",
    labelNames: ["state"],
    registers: [registry],
  });
  return ({ pool: { totalCount, idleCount, waitingCount } }) => {
    connections.set({ state: "used" }, totalCount - idleCount);
    connections.set({ state: "idle" }, idleCount);
    connections.set({ state: "waited_for" }, waitingCount);
  };
};
