import { inSpan } from "@loraloom/telemetry";
import type { MiddlewareHandler } from "hono";
import type { RequestEnv } from "./log-requests.ts";
import { routeOf } from "./route-of.ts";

/** Asked all the time, by machines. */
const untold = ["/health/", "/metrics"];

/** Does each request under a span, until its answer begins; it goes on a trace that the caller's header names. */
export const traceRequests = (): MiddlewareHandler<RequestEnv> => (context, next) => {
  const { method, path } = context.req;
  if (untold.some((start) => path.startsWith(start))) return next();
  const attributes = { "http.request.method": method, "loraloom.request_id": context.var.requestId };
  const traceparent = context.req.header("traceparent");
  return inSpan(`${method} request`, { attributes, traceparent }, async (span) => {
    await next();
    const route = routeOf(context);
    span.updateName(`${method} ${route}`);
    span.setAttributes({ "http.route": route, "http.response.status_code": context.res.status });
  });
};
