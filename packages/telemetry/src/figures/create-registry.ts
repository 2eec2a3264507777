import { collectDefaultMetrics, Registry } from "prom-client";

/** A process's own figures, which begin with those of the process itself: memory, CPU, event loop, open files. */
export const createRegistry = (): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
};
