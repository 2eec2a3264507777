import type { BenchHost } from "../services/start-host.ts";
import type { Services } from "../services/start-services.ts";
import type { RunSizes } from "./sizes.ts";

/** What every measure of the suite works with. */
export type Setting = {
  services: Services;
  host: BenchHost;
  sizes: RunSizes;
  /** Ends it. */
  signal: AbortSignal;
};

/** The base model of the runs that wait; no engine here has one. */
export const queueBase = "bench/queue";
