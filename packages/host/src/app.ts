import type { BlockList } from "node:net";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { type Context, Hono } from "hono";
import type { RequestLimits } from "./env.ts";
import { allowOrigins } from "./http/allow-origins.ts";
import { beginCall } from "./http/begin-call.ts";
import { cutStalled } from "./http/cut-stalled.ts";
import { healthRoutes } from "./http/health.ts";
import { limitAddress, limitCaller } from "./http/limit-requests.ts";
import { logRequests, type RequestEnv } from "./http/log-requests.ts";
import { measureRequests } from "./http/measure-requests.ts";
import { type MetricsOptions, metricsRoute, unlessToken } from "./http/metrics.ts";
import { referenceRoutes } from "./http/reference.ts";
import { refusalOf } from "./http/refusal.ts";
import { runEventsRoutes } from "./http/run-events.ts";
import type { StreamTimes } from "./http/stream-times.ts";
import { tellRetry } from "./http/tell-retry.ts";
import { traceRequests } from "./http/trace-requests.ts";
import { createTrpcHandler, type TrpcOptions, trpcPath } from "./http/trpc.ts";
import { createRequestLimiter } from "./limits/request-limiter.ts";

export type AppOptions = Omit<TrpcOptions, "onCall"> &
  MetricsOptions & {
    allowedOrigins: string[];
    times: StreamTimes;
    limits: RequestLimits;
    trustedProxies: BlockList;
  };

/** What every language can call by plain HTTP. */
const plainPath = "/v1";

/** Everything that the host answers. */
export const createApp = (options: AppOptions) => {
  const { services, log, ending, allowedOrigins, times, metrics, limits, trustedProxies } = options;
  const api = { ...options, onCall: metrics.onCall };
  const handleTrpc = createTrpcHandler(api);
  const refuseCall = (context: Context<RequestEnv>, fault: LoraloomError) =>
    context.req.path.startsWith(`${trpcPath}/`)
      ? handleTrpc(context.req.raw, { ...context.var, fault })
      : refuse(context, fault);
  const app = new Hono<RequestEnv>();
  app.use(logRequests(log));
  app.use(tellRetry);
  app.use(measureRequests(metrics.requests));
  app.use(traceRequests());
  app.use(cutStalled(times.stallMilliseconds));
  const limitOptions = { limiter: createRequestLimiter(limits), trustedProxies, refuse: refuseCall };
  for (const path of [trpcPath, plainPath]) app.use(`${path}/*`, allowOrigins(allowedOrigins));
  // Before the limits: supervisors ask through a balancer's address, and are answered from what is known already.
  app.route("/health", healthRoutes(services, ending));
  app.use(beginCall(api), limitAddress(limitOptions));
  for (const path of [trpcPath, plainPath]) app.use(`${path}/*`, limitCaller(limitOptions));
  app.use("/metrics", unlessToken(options.metricsToken, limitCaller(limitOptions)));
  app.all(`${trpcPath}/*`, (context) => handleTrpc(context.req.raw, context.var));
  app.route(`${plainPath}/runs`, runEventsRoutes(api));
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
  outcome.refused(error);
  const { body, ...head } = refusalOf(error, requestId);
  return new Response(body, head);
};
