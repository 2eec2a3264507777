import { afterEach, expect, test, vi } from "vitest";
import { createCallLimit } from "./call-limit.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a limit that is reached resets within its stretch of time, also where the clock was set back", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2027-01-01") });
  const limit = createCallLimit({ code: "rate_limited", what: "calls of one key", most: 1, seconds: 10 });
  await limit.take("ann");
  vi.setSystemTime(new Date("2026-01-01"));
  await expect(limit.take("ann")).rejects.toMatchObject({
    message: "The limit is 1 calls of one key in 10 seconds; it resets in 10 s.",
    details: { retryAfterSeconds: 10, resetsAt: "2026-01-01T00:00:10.000Z" },
  });
});
