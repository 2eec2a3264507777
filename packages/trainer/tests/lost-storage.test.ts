import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPersona, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, keysBelow, leftOver } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

/** From a run's second checkpoint on, which is that of step 4, nothing reaches the object store. */
const loseStorageInTheMiddle = (): void => {
  let isLost = false;
  shared.proxy.setFault({
    kind: "unavailable",
    matches: ({ path }) => {
      isLost ||= path.includes("/checkpoints/4/");
      return isLost;
    },
  });
};

test("a run whose object store is lost for good fails by that, is let go, and leaves nothing over", async () => {
  const { store, tiny, proxy, config } = shared;
  const scope = await createPersona(store, tiny.base);
  loseStorageInTheMiddle();
  const run = await startTestRun(store, { base: tiny.base, scope, config: { maxSteps: 8, epochs: 10 } });
  expect(await endOf(store, run)).toMatchObject({
    status: "failed",
    // The first attempt left a checkpoint; the three after it came to nothing.
    attempt: 4,
    versionId: null,
    leaseExpiresAt: null,
    error: { code: "attempts_exhausted", details: { cause: { code: "storage_unavailable" } } },
  });
  const types = (await eventsOf(store, run)).map(({ type }) => type);
  expect(types.filter((type) => type === "run-requeued")).toHaveLength(3);
  expect(types.filter((type) => type === "checkpointed")).toHaveLength(1);
  expect(types.at(-1)).toBe("run-failed");

  proxy.setFault();
  expect(await leftOver(store, run)).toEqual([]);
  expect(await keysBelow(store, "/versions/")).toEqual([]);
  await vi.waitFor(async () => {
    const names = await readdir(config.folder, { recursive: true });
    expect(names.filter((name) => name.includes(run.id))).toEqual([]);
  }, 100_000);
  const next = await startTestRun(store, { base: tiny.base, scope });
  expect(await endOf(store, next)).toMatchObject({ status: "completed", attempt: 1 });
});
