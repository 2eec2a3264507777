/** Walks the host's own routes: each is asked by everybody there is, and by what it may answer then. */
import { BlockList } from "node:net";
import { createApiKey, removeShare, setShare } from "@loraloom/store/access";
import type { KeyScope } from "@loraloom/store/tables";
import { inspectRoutes } from "hono/dev";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "./app.ts";
import { usualStreamTimes } from "./http/stream-times.ts";
import { createLog } from "./log.ts";
import { createHostMetrics } from "./metrics/create-metrics.ts";
import { queueRun } from "./testing/queue-run.ts";
import { type RunningHost, startConnectedHost, unlimited } from "./testing/start-test-host.ts";

/** Who asks: nobody and a wrong key are told apart nowhere; the run asked for is ada's, and of a shared avatar. */
const callers = ["nobody", "wrong", "service", "ada", "bob", "guest", "formerGuest"] as const;
type Caller = (typeof callers)[number];

type Walked = {
  /** A request that it answers, about a run. */
  path: (runId: string) => string;
  method?: "GET" | "POST";
  /** What each gets. */
  statuses: Record<Caller, number>;
  /** Why it is open to everybody, where it is. */
  reason?: string;
};

const closed = { nobody: 401, wrong: 401 };
const everybody = (path: string, reason: string): Walked => ({
  path: () => path,
  statuses: { nobody: 200, wrong: 200, service: 200, ada: 200, bob: 200, guest: 200, formerGuest: 200 },
  reason,
});

/** Every route there is, by its method and its pattern; one that is missing here fails the test. */
const routes: Record<string, Walked> = {
  "ALL /trpc/*": {
    path: () => "/trpc/health",
    statuses: { ...closed, service: 200, ada: 200, bob: 200, guest: 200, formerGuest: 200 },
  },
  "GET /v1/runs/:id/events": {
    path: (runId) => `/v1/runs/${runId}/events?userId=ada`,
    statuses: { ...closed, service: 200, ada: 200, bob: 403, guest: 200, formerGuest: 403 },
  },
  "GET /metrics": {
    path: () => "/metrics",
    statuses: { ...closed, service: 200, ada: 403, bob: 403, guest: 403, formerGuest: 403 },
  },
  "GET /openapi.json": everybody("/openapi.json", "It says what the docs say."),
  "GET /reference": everybody("/reference", "A page that shows what the docs say."),
  "GET /reference/:file": everybody("/reference/start.js", "A part of that page."),
  "GET /health/live": everybody("/health/live", "A supervisor has no key."),
  "GET /health/ready": everybody("/health/ready", "A load balancer has no key."),
};

let running: RunningHost;
let runId: string;
let keys: Record<Caller, string | undefined>;
const shared = { ownerId: "ada", avatarId: "walked" };
beforeAll(async () => {
  running = await startConnectedHost();
  const run = await queueRun(running, shared.avatarId);
  await running.api.train.cancel.mutate(run);
  runId = run.runId;
  keys = {
    ...{ nobody: undefined, wrong: "ll_wrong", service: running.serviceKey },
    ...{ ada: await keyOf("ada"), bob: await keyOf("bob") },
    ...{ guest: await keyOf("guest"), formerGuest: await keyOf("formerGuest") },
  };
  for (const userId of ["guest", "formerGuest"])
    await setShare(running.store, { ...shared, userId, role: "read-only" });
  await removeShare(running.store, { ...shared, userId: "formerGuest" });
});
afterAll(() => running[Symbol.asyncDispose]());

/** Of every scope that there is: what it opens is no matter of scopes. */
const keyOf = async (userId: string): Promise<string> => {
  const scopes: KeyScope[] = ["read", "write", "train", "admin"];
  return (await createApiKey(running.store, { kind: "user", name: userId, scopes, userId })).key;
};

const ask = (
  { path, method = "GET" }: Walked,
  { key, about = runId }: { key: string | undefined; about?: string },
) =>
  fetch(`${running.host.url}${path(about)}`, {
    method,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });

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
  test.each(callers)("answers %s as is right, and tells no key", async (caller) => {
    const answer = await ask(walked, { key: keys[caller] });
    expect(answer.status).toBe(walked.statuses[caller]);
    const text = await answer.text();
    for (const key of Object.values(keys)) if (key) expect(text).not.toContain(key);
  });

  test("is closed to nobody in particular, unless there is a reason", () => {
    const { nobody, wrong } = walked.statuses;
    expect(walked.reason !== undefined || (nobody === 401 && wrong === 401)).toBe(true);
  });
});

test("another user's run is answered like one that is not there, and so is one of an erased avatar", async () => {
  const events = routes["GET /v1/runs/:id/events"] ?? expect.unreachable();
  const textOf = async (caller: Caller, about: string) =>
    (await (await ask(events, { key: keys[caller], about })).text())
      .replaceAll(/"requestId":"[^"]*"/g, "")
      .replaceAll(about, "…");
  for (const caller of ["bob", "formerGuest"] as const)
    expect(await textOf(caller, runId)).toBe(await textOf(caller, "never-made"));
  await running.api.avatars.erase.mutate({
    userId: "ada",
    avatarId: shared.avatarId,
    confirm: shared.avatarId,
  });
  for (const caller of ["service", "ada", "bob", "guest"] as const) {
    expect(await textOf(caller, runId)).toBe(await textOf(caller, "never-made"));
    expect(await textOf(caller, runId)).toMatch(
      caller === "bob" || caller === "guest" ? /user_mismatch/ : /run_not_found/,
    );
  }
});

test.each(["/", "/metrics2", "/health/", "/../etc/passwd", "/.env"])(
  "what is no route tells nothing: %s",
  async (path) => {
    const answer = await fetch(`${running.host.url}${path}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: "procedure_not_found" } });
  },
);
