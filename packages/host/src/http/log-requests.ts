import { randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { errorEntry } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import type { MiddlewareHandler } from "hono";
import { createOutcome, type Outcome } from "./outcome.ts";

export type RequestEnv = {
  Bindings: HttpBindings;
  Variables: { requestId: string; outcome: Outcome };
};

/**
 * Numbers each request and logs it once its answer has ended: its path only, as a query can hold what a
 * caller said. A stream begins with status 200 before its calls are decided; the line has their status.
 */
export const logRequests =
  (log: Logger): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    const begun = performance.now();
    const requestId = randomUUID();
    const outcome = createOutcome();
    context.set("requestId", requestId);
    context.set("outcome", outcome);
    const { method, path } = context.req;
    context.env.outgoing.once("close", () => {
      const milliseconds = Math.round(performance.now() - begun);
      const line = { requestId, method, path, ...told(context.res.status, outcome), milliseconds };
      // Supervisors and collectors ask all the time.
      if (path.startsWith("/health/") || path === "/metrics") log.debug(line, "request answered");
      else log.info(line, "request answered");
    });
    await next();
    // `context.header` would make a stream of an answer that is there.
    context.res.headers.set("x-request-id", requestId);
  };

const told = (sent: number, { code }: Outcome) =>
  code === undefined ? { status: sent } : { status: sent === 200 ? errorEntry(code).status : sent, code };
