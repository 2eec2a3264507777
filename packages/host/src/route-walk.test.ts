/** Walks the host's own routes: each is asked without a key, with a wrong one, and by what it may answer then. */
import { BlockList } from "node:net";
import { inspectRoutes } from "hono/dev";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "./app.ts";
import { usualStreamTimes } from "./http/stream-times.ts";
import { createLog } from "./log.ts";
import { createHostMetrics } from "./metrics/create-metrics.ts";
import { type RunningHost, startConnectedHost, unlimited } from "./testing/start-test-host.ts";

type Walked = {
  /** A request that it answers. */
  path: string;
  method?: "GET" | "POST";
  /** What nobody in particular gets. */
  withoutKey: number;
  /** What a service key gets, where that is not 200. */
  withKey?: number;
  /** Why it is open to everybody, where it is. */
  reason?: string;
};

/** Every route there is, by its method and its pattern; one that is missing here fails the test. */
const routes: Record<string, Walked> = {
  "ALL /trpc/*": { path: "/trpc/health", withoutKey: 401 },
  "GET /v1/runs/:id/events": {
    path: "/v1/runs/unknown/events?userId=ada",
    withoutKey: 401,
    withKey: 404,
  },
  "GET /metrics": { path: "/metrics", withoutKey: 401 },
  "GET /openapi.json": { path: "/openapi.json", withoutKey: 200, reason: "It says what the docs say." },
  "GET /reference": { path: "/reference", withoutKey: 200, reason: "A page that shows what the docs say." },
  "GET /reference/:file": { path: "/reference/start.js", withoutKey: 200, reason: "A part of that page." },
  "GET /health/live": { path: "/health/live", withoutKey: 200, reason: "A supervisor has no key." },
  "GET /health/ready": { path: "/health/ready", withoutKey: 200, reason: "A load balancer has no key." },
};

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = ({ path, method = "GET" }: Walked, headers: Record<string, string>): Promise<Response> =>
  fetch(`${running.host.url}${path}`, { method, headers });

test("the walk knows every route of the host", () => {
  const app = createApp({
    services: () => expect.fail("nothing is asked"),
    log: createLog("error"),
    ending: new AbortController().signal,
    allowedOrigins: [],
    times: usualStreamTimes,
    limits: unlimited,
    metrics: createHostMetrics(),
    metricsToken: undefined,
    trustedProxies: new BlockList(),
  });
  // A handler that can pass a request on looks like a middleware, but is of one method.
  const found = inspectRoutes(app).filter(({ method, isMiddleware }) => method !== "ALL" || !isMiddleware);
  expect(found.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(routes).sort());
});

describe.each(Object.entries(routes))("%s", (_name, walked) => {
  test("is closed without a key that is known, unless there is a reason", async () => {
    const none = await ask(walked, {});
    const wrong = await ask(walked, { authorization: "Bearer ll_wrong" });
    expect([none.status, wrong.status]).toEqual([walked.withoutKey, walked.withoutKey]);
    expect(walked.withoutKey === 401 || walked.reason !== undefined).toBe(true);
    const texts = [await none.text(), await wrong.text()].join();
    expect(texts).not.toContain(running.serviceKey);
    expect(texts).not.toContain("ll_wrong");
  });

  test("answers a service key", async () => {
    const answer = await ask(walked, { authorization: `Bearer ${running.serviceKey}` });
    expect(answer.status).toBe(walked.withKey ?? 200);
    await answer.text();
  });
});

test.each(["/", "/metrics2", "/health/", "/../etc/passwd", "/.env"])(
  "what is no route tells nothing: %s",
  async (path) => {
    const answer = await fetch(`${running.host.url}${path}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: "procedure_not_found" } });
  },
);
