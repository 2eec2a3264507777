import type { Services } from "@loraloom/router";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test, vi } from "vitest";
import { createHostMetrics } from "../metrics/create-metrics.ts";
import { atMostEach } from "./at-most-each.ts";
import { healthRoutes } from "./health.ts";

test("who comes while it is asked, and shortly after, gets the same answer; a failure is asked again", async () => {
  const answers = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  let asked = 0;
  const ask = atMostEach(60_000, () => answers[asked++]?.promise ?? Promise.resolve(asked));
  const first = [ask(), ask()];
  answers[0]?.reject(new Error("none"));
  expect(await Promise.allSettled(first)).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  const second = [ask(), ask()];
  answers[1]?.resolve(7);
  expect(await Promise.all([...second, ask()])).toEqual([7, 7, 7]);
  expect(asked).toBe(2);
});

test("an answer that is too old is asked for again", async () => {
  let asked = 0;
  const ask = atMostEach(1, async () => ++asked);
  await ask();
  await vi.waitUntil(async () => (await ask()) > 1, 100_000);
});

test("hundreds who ask a host whether it is ready, or for its figures, are a few queries", async () => {
  await using store = await openTestStore();
  const defaultBase = { modelId: "tiny", revision: "main", dtype: "float32", quantization: "none" };
  const services = { store, deployment: { defaultBase, allowedModels: [] } } as unknown as Services;
  const health = healthRoutes(() => services, new AbortController().signal);
  const metrics = createHostMetrics();
  let queries = 0;
  store.pool.on("acquire", () => (queries += 1));
  const ready = await Promise.all(Array.from({ length: 300 }, () => health.request("/ready")));
  expect(new Set(ready.map(({ status }) => status))).toEqual(new Set([200]));
  expect(queries).toBeLessThan(10);
  await Promise.all(Array.from({ length: 300 }, () => metrics.render(() => store)));
  expect(queries).toBeLessThan(20);
});
