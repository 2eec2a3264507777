import { createContext, type ObservedCall, type Services } from "@loraloom/router";
import type { Logger } from "@loraloom/store";
import type { MiddlewareHandler } from "hono";
import type { RequestEnv } from "./log-requests.ts";

export type CallOptions = { services: () => Services; onCall: (call: ObservedCall) => void; log: Logger };

/** Makes what the calls of a request share: its key is looked up once, for them and for the limits before them. */
export const beginCall =
  ({ services, onCall, log }: CallOptions): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    const { requestId } = context.var;
    const authorization = context.req.header("authorization");
    context.set("call", createContext({ requestId, log, services, onCall, authorization }));
    await next();
  };
