import type { ObservedCall } from "@loraloom/router";
import { Histogram, type Registry } from "prom-client";

/** Seconds: most calls are a few queries; a validation or a rebuild takes minutes. */
export const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts calls of procedures by how they were answered. */
export const measureCalls = (registry: Registry): ((call: ObservedCall) => void) => {
  const durations = new Histogram({
    name: "loraloom_call_duration_seconds",
    help: "Calls of procedures until their answer, or the beginning of its stream; code: ok, or the error's",
    labelNames: ["procedure", "code"],
    buckets: latencyBuckets,
    registers: [registry],
  });
  return ({ procedure, code, seconds }) => durations.observe({ procedure, code }, seconds);
};
