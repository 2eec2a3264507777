import { errorEntry, LoraloomError, toErrorShape } from "@loraloom/errors";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { healthRoutes } from "./http/health.ts";
import { logRequests, type RequestVariables } from "./http/log-requests.ts";
import { createTrpcHandler, type TrpcOptions, trpcPath } from "./http/trpc.ts";

export type AppOptions = TrpcOptions & { allowedOrigins: string[] };

/** Everything that the host answers. */
export const createApp = (options: AppOptions) => {
  const { services, log, ending, allowedOrigins } = options;
  const handleTrpc = createTrpcHandler(options);
  const app = new Hono<{ Variables: RequestVariables }>();
  app.use(logRequests(log));
  app.use(
    `${trpcPath}/*`,
    cors({
      origin: allowedOrigins.includes("*") ? "*" : allowedOrigins,
      allowHeaders: ["authorization", "content-type", "trpc-accept", "last-event-id"],
      exposeHeaders: ["x-request-id"],
      maxAge: 3600,
    }),
  );
  app.all(`${trpcPath}/*`, (context) => handleTrpc(context.req.raw, context.get("requestId")));
  app.route("/health", healthRoutes(services, ending));
  app.notFound((context) => refuse(unknownRoute(context.req), context.get("requestId")));
  app.onError((cause, context) => {
    const requestId = context.get("requestId");
    log.error({ requestId, err: cause }, "request failed");
    return refuse(new LoraloomError("internal", "Something went wrong in the server.", { cause }), requestId);
  });
  return app;
};

const unknownRoute = ({ method, path }: { method: string; path: string }): LoraloomError =>
  new LoraloomError(
    "procedure_not_found",
    `There is no ${method} ${path.slice(0, 200)}; the API is below ${trpcPath}.`,
  );

const refuse = (error: LoraloomError, requestId: string): Response =>
  Response.json(
    { error: { ...toErrorShape(error), requestId } },
    { status: errorEntry(error.code).status, headers: { "x-request-id": requestId } },
  );
