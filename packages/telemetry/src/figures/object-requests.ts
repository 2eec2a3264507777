import { Counter, Histogram, type Registry } from "prom-client";
import type { ObjectRequest } from "../object-request.ts";

/** Seconds: a small object nearby takes milliseconds, a large one is given up after 30 s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts requests to the object store by what was asked and how it went. */
export const measureObjectRequests = (registry: Registry): ((request: ObjectRequest) => void) => {
  const registers = [registry];
  const durations = new Histogram({
    name: "loraloom_s3_request_duration_seconds",
    help: "Requests to the object store, their repeats included; failed: no answer, or an error",
    labelNames: ["operation", "outcome"],
    buckets,
    registers,
  });
  const repeats = new Counter({
    name: "loraloom_s3_retries_total",
    help: "Requests to the object store that were sent again",
    labelNames: ["operation"],
    registers,
  });
  return ({ operation, outcome, retries, seconds }) => {
    durations.observe({ operation, outcome }, seconds);
    repeats.inc({ operation }, retries);
  };
};
