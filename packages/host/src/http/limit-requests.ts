import type { BlockList } from "node:net";
import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import type { Context, MiddlewareHandler } from "hono";
import { clientAddress } from "../limits/client-address.ts";
import type { RequestLimiter } from "../limits/request-limiter.ts";
import type { RequestEnv } from "./log-requests.ts";

type RequestContext = Context<RequestEnv>;
export type LimitOptions = {
  limiter: RequestLimiter;
  trustedProxies: BlockList;
  /** Answers in the form that callers of the route read. */
  refuse: (context: RequestContext, error: LoraloomError) => Response | Promise<Response>;
};

/** Refuses an address that asks for too much, before anything is looked up for it. */
export const limitAddress =
  (options: LimitOptions): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    const address = addressOf(context, options.trustedProxies);
    context.set("address", address);
    const { path } = context.req;
    const check = () => options.limiter.admitAddress(address, callsIn(path));
    return (await admit(context, options, check)) ?? next();
  };

/** Refuses a caller that asks for too much, and an address whose keys are refused too often. */
export const limitCaller =
  (options: LimitOptions): MiddlewareHandler<RequestEnv> =>
  async (context, next) => {
    const { address, call } = context.var;
    const authorization = context.req.header("authorization") ?? "";
    const request = { address, authorization, calls: callsIn(context.req.path), ...call };
    return (await admit(context, options, () => options.limiter.admitCaller(request))) ?? next();
  };

/** @returns the answer where it is refused */
const admit = async (
  context: RequestContext,
  { refuse }: LimitOptions,
  check: () => Promise<void>,
): Promise<Response | undefined> => {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (!isLoraloomError(error)) throw error;
    return refuse(context, error);
  }
};

const addressOf = (context: RequestContext, trusted: BlockList): string =>
  clientAddress(
    {
      socket: context.env.incoming.socket.remoteAddress,
      forwardedFor: context.req.header("x-forwarded-for"),
    },
    trusted,
  );

/** The calls of a batch stand in its path, with commas between them. */
const callsIn = (path: string): number => path.split(/,|%2c/i).length;
