import type { Fault } from "../schedule/fault.ts";

/** One line of the timeline. */
export const describeFault = (fault: Fault): string => {
  switch (fault.kind) {
    case "host-killed":
      return `kill -9 of host-${fault.host + 1}`;
    case "host-paused":
      return `SIGSTOP of host-${fault.host + 1} for ${seconds(fault)}`;
    case "worker-killed":
      return `kill -9 of worker-${fault.worker + 1}, not of its engine`;
    case "worker-paused":
      return `SIGSTOP of worker-${fault.worker + 1} for ${seconds(fault)}, past its leases`;
    case "engine-killed":
      return `kill -9 of the engine of worker-${fault.worker + 1}`;
    case "database-killed":
      return "kill -9 of Postgres";
    case "database-stopped":
      return "fast stop of Postgres";
    case "store-unavailable":
      return `the store answers 503 for ${seconds(fault)}`;
    case "store-slow":
      return `the store is ${fault.delayMs} ms late for ${seconds(fault)}`;
    case "store-put-cut":
      return `${fault.times} PUTs to the store are cut in the middle`;
    case "store-answer-lost":
      return `${fault.times} answers of the store are lost, its work is done`;
    case "receiver-unavailable":
      return `the receiver of webhooks answers ${fault.times} of them with 503`;
    case "receiver-answer-lost":
      return `${fault.times} answers of the receiver of webhooks are lost`;
  }
};

const seconds = (fault: { seconds: number }): string => `${fault.seconds.toFixed(1)} s`;
