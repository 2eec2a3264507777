import type { MiddlewareHandler } from "hono";
import type { RequestMeter, StreamForm } from "../metrics/requests.ts";
import type { RequestEnv } from "./log-requests.ts";
import { routeOf } from "./route-of.ts";

/** Counts each request once its answer has ended, by the pattern of its route: a path is what somebody wrote. */
export const measureRequests =
  (meter: RequestMeter): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    const begun = performance.now();
    const { outgoing } = context.env;
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    outgoing.once("close", close);
    await next();
    const form = streamForms.get(mediaTypeOf(context.res));
    const stream = form && meter.beginStream(form);
    const [route, status] = [routeOf(context), context.res.status];
    void closed.then(() => {
      stream?.[Symbol.dispose]();
      meter.ended({ route, status, seconds: (performance.now() - begun) / 1000 });
    });
  };

const mediaTypeOf = ({ headers }: Response): string => headers.get("content-type")?.split(";")[0] ?? "";

const streamForms = new Map<string, StreamForm>([
  ["text/event-stream", "events"],
  ["application/jsonl", "lines"],
]);
