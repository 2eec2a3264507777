import type { Store } from "@loraloom/store";

/**
 * A connection in use that is cut between two queries says so by an event, which ends a process that has
 * no listener for it. The next query on it fails by itself, and that failure is dealt with.
 */
export const surviveCutConnections = ({ pool, log }: Pick<Store, "pool" | "log">): void => {
  pool.on("acquire", (client) => {
    if (client.listenerCount("error") > 0) return;
    client.on("error", (error: Error) => log.warn({ err: error }, "a database connection in use was cut"));
  });
};
