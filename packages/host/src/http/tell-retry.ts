import type { MiddlewareHandler } from "hono";
import type { RequestEnv } from "./log-requests.ts";

/** Tells in a header when to call again, whatever it was that counted the call. A stream has begun before that is known. */
export const tellRetry: MiddlewareHandler<RequestEnv> = async (context, next) => {
  await next();
  const { retryAfterSeconds } = context.var.outcome;
  if (retryAfterSeconds !== undefined) context.res.headers.set("retry-after", String(retryAfterSeconds));
};
