import { randomUUID } from "node:crypto";
import type { Logger } from "@loraloom/store";
import type { MiddlewareHandler } from "hono";

export type RequestVariables = { requestId: string };

/** Numbers each request and logs it: its path only, as a query can hold what a caller said. */
export const logRequests =
  (log: Logger): MiddlewareHandler<{ Variables: RequestVariables }> =>
  async (context, next) => {
    const begun = performance.now();
    const requestId = randomUUID();
    context.set("requestId", requestId);
    await next();
    context.header("x-request-id", requestId);
    const { method, path } = context.req;
    const milliseconds = Math.round(performance.now() - begun);
    const line = { requestId, method, path, status: context.res.status, milliseconds };
    // Supervisors ask for /health all the time.
    if (path.startsWith("/health/")) log.debug(line, "request answered");
    else log.info(line, "request answered");
  };
