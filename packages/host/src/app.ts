import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { type Context, Hono } from "hono";
import { allowOrigins } from "./http/allow-origins.ts";
import { cutStalled } from "./http/cut-stalled.ts";
import { healthRoutes } from "./http/health.ts";
import { logRequests, type RequestEnv } from "./http/log-requests.ts";
import { measureRequests } from "./http/measure-requests.ts";
import { type MetricsOptions, metricsRoute } from "./http/metrics.ts";
import { referenceRoutes } from "./http/reference.ts";
import { refusalOf } from "./http/refusal.ts";
import { runEventsRoutes } from "./http/run-events.ts";
import type { StreamTimes } from "./http/stream-times.ts";
import { traceRequests } from "./http/trace-requests.ts";
import { createTrpcHandler, type TrpcOptions, trpcPath } from "./http/trpc.ts";

export type AppOptions = Omit<TrpcOptions, "onCall"> &
  MetricsOptions & { allowedOrigins: string[]; times: StreamTimes };

/** What every language can call by plain HTTP. */
const plainPath = "/v1";

/** Everything that the host answers. */
export const createApp = (options: AppOptions) => {
  const { services, log, ending, allowedOrigins, times, metrics } = options;
  const api = { ...options, onCall: metrics.onCall };
  const handleTrpc = createTrpcHandler(api);
  const app = new Hono<RequestEnv>();
  app.use(logRequests(log));
  app.use(measureRequests(metrics.requests));
  app.use(traceRequests());
  app.use(cutStalled(times.stallMilliseconds));
  for (const path of [trpcPath, plainPath]) app.use(`${path}/*`, allowOrigins(allowedOrigins));
  app.all(`${trpcPath}/*`, (context) => handleTrpc(context.req.raw, context.var));
  app.route(`${plainPath}/runs`, runEventsRoutes(api));
  app.route("/health", healthRoutes(services, ending));
  app.route("/metrics", metricsRoute(options));
  app.route("/", referenceRoutes());
  app.notFound((context) => refuse(context, unknownRoute(context.req)));
  app.onError((cause, context) => {
    if (isLoraloomError(cause)) return refuse(context, cause);
    log.error({ requestId: context.var.requestId, err: cause }, "request failed");
    return refuse(context, new LoraloomError("internal", "Something went wrong in the server.", { cause }));
  });
  return app;
};

const unknownRoute = ({ method, path }: { method: string; path: string }): LoraloomError =>
  new LoraloomError(
    "procedure_not_found",
    `There is no ${method} ${path.slice(0, 200)}; the API is below ${trpcPath}.`,
  );

const refuse = (context: Context<RequestEnv>, error: LoraloomError): Response => {
  const { requestId, outcome } = context.var;
  outcome.refused(error.code);
  const { body, ...head } = refusalOf(error, requestId);
  return new Response(body, head);
};
