import { expect, test, vi } from "vitest";
import { jobs } from "../jobs.mjs";
import { setUp } from "../set-up/set-up.mjs";

// The first one may install everything.
vi.setConfig({ testTimeout: 600_000 });

test("a second set-up costs less than a second", async ({ annotate }) => {
  await setUp(jobs.demo.needs);
  const startedAt = performance.now();
  await setUp(jobs.demo.needs);
  const milliseconds = performance.now() - startedAt;
  await annotate(`${Math.round(milliseconds)} ms`);
  expect(milliseconds).toBeLessThan(1_000);
});
