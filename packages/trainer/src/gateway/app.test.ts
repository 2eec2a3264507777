import { createTestLogger } from "@loraloom/store/testing";
import { inspectRoutes } from "hono/dev";
import { describe, expect, test } from "vitest";
import { gatewayApp } from "./app.ts";

const token = "a token of some length";
const app = gatewayApp({
  token,
  log: createTestLogger().log,
  serving: () => expect.fail("Nobody without the token gets so far."),
  during: () => expect.fail("Nobody without the token gets so far."),
  health: () => expect.fail("Nobody without the token gets so far."),
  figures: {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    metrics: () => expect.fail("Nobody without the token gets so far."),
  },
});
const routes = inspectRoutes(app).filter(({ isMiddleware }) => !isMiddleware);
const withHeader = (authorization: string): RequestInit => ({ headers: { authorization } });

test("there are routes to walk", () => expect(routes.length).toBeGreaterThanOrEqual(6));

/** Derived from the gateway itself: a new route is walked too. */
describe.each([...routes, { method: "GET", path: "/no-route" }])("$method $path", ({ method, path }) => {
  test.each<[string, RequestInit, string]>([
    ["nobody", {}, "missing_key"],
    ["the token without its scheme", withHeader(token), "invalid_key"],
    ["another token", withHeader(`Bearer ${token}x`), "invalid_key"],
    ["a part of the token", withHeader(`Bearer ${token.slice(1)}`), "invalid_key"],
    ["the key of a user", withHeader("Bearer ll_of-a-user"), "invalid_key"],
  ])("refuses %s", async (_who, request, code) => {
    const answer = await app.request(path, { ...request, method });
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code } }]);
  });
});
