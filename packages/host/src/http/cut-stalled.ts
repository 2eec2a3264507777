import type { MiddlewareHandler } from "hono";
import type { RequestEnv } from "./log-requests.ts";

/**
 * Cuts an event stream whose reader has taken nothing for so long; it goes on from its last event when it comes
 * back. What is longer than the time between two pings cuts no reader that reads.
 */
export const cutStalled =
  (milliseconds: number): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    await next();
    const type = context.res.headers.get("content-type") ?? "";
    // Nobody listens for this timeout: Node then destroys the connection.
    if (type.startsWith("text/event-stream")) context.env.outgoing.setTimeout(milliseconds);
  };
