import { createHash, timingSafeEqual } from "node:crypto";
import { requireOperator, type Services } from "@loraloom/router";
import { Hono, type MiddlewareHandler } from "hono";
import type { HostMetrics } from "../metrics/create-metrics.ts";
import type { RequestEnv } from "./log-requests.ts";

export type MetricsOptions = {
  metrics: HostMetrics;
  /** Left out: only a service key with the scope `admin` reads them. */
  metricsToken: string | undefined;
  services: () => Services;
};

/** Figures for Prometheus, which shows the metrics token, or a service key with the scope `admin`. */
export const metricsRoute = ({ metrics, metricsToken, services }: MetricsOptions): Hono<RequestEnv> =>
  new Hono<RequestEnv>().get("/", async (context) => {
    if (!showsToken(context.req.header("authorization"), metricsToken))
      requireOperator(await context.var.call.resolveCaller());
    const { contentType, text } = await metrics.render(() => services().store);
    return context.body(text, 200, { "content-type": contentType, "cache-control": "no-store" });
  });

/** Has what is no metrics token looked at as a caller's key, with its limits. */
export const unlessToken =
  (metricsToken: string | undefined, handle: MiddlewareHandler<RequestEnv>): MiddlewareHandler<RequestEnv> =>
  (context, next) =>
    showsToken(context.req.header("authorization"), metricsToken) ? next() : handle(context, next);

/** Hashes are compared, so that the time taken says nothing about the token. */
const showsToken = (authorization: string | undefined, token: string | undefined): boolean =>
  authorization !== undefined &&
  token !== undefined &&
  timingSafeEqual(hash(authorization), hash(`Bearer ${token}`));

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
