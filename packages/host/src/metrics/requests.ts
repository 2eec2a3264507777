import { Gauge, Histogram, type Registry } from "prom-client";
import { latencyBuckets } from "./calls.ts";

/** A stream of events (`train.watch`), or of lines, in which the answers of a batch and of a chat come. */
export type StreamForm = "events" | "lines";

export type RequestMeter = {
  /** A request whose answer has ended. `route` is a pattern and never what somebody wrote. */
  ended: (request: { route: string; status: number; seconds: number }) => void;
  /** A stream that is open until it is disposed of. */
  beginStream: (form: StreamForm) => Disposable;
};

export const measureRequests = (registry: Registry): RequestMeter => {
  const durations = new Histogram({
    name: "loraloom_http_request_duration_seconds",
    help: "HTTP requests until the last byte of their answers",
    labelNames: ["route", "status"],
    buckets: latencyBuckets,
    registers: [registry],
  });
  const streams = new Gauge({
    name: "loraloom_http_open_streams",
    help: "Answers that are being streamed",
    labelNames: ["form"],
    registers: [registry],
  });
  return {
    ended: ({ route, status, seconds }) => durations.observe({ route, status }, seconds),
    beginStream: (form) => {
      streams.inc({ form });
      return { [Symbol.dispose]: () => streams.dec({ form }) };
    },
  };
};
