import { createHash, timingSafeEqual } from "node:crypto";
import { requireOperator, type Services } from "@loraloom/router";
import { Hono } from "hono";
import type { HostMetrics } from "../metrics/create-metrics.ts";

export type MetricsOptions = {
  metrics: HostMetrics;
  /** Left out: only a service key with the scope `admin` reads them. */
  metricsToken: string | undefined;
  services: () => Services;
};

/** Figures for Prometheus, which shows the metrics token, or a service key with the scope `admin`. */
export const metricsRoute = ({ metrics, metricsToken, services }: MetricsOptions): Hono =>
  new Hono().get("/", async (context) => {
    const authorization = context.req.header("authorization");
    if (!showsToken(authorization, metricsToken)) await requireOperator(services, authorization);
    const { contentType, text } = await metrics.render(() => services().store);
    return context.body(text, 200, { "content-type": contentType, "cache-control": "no-store" });
  });

/** Hashes are compared, so that the time taken says nothing about the token. */
const showsToken = (authorization: string | undefined, token: string | undefined): boolean =>
  authorization !== undefined &&
  token !== undefined &&
  timingSafeEqual(hash(authorization), hash(`Bearer ${token}`));

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
