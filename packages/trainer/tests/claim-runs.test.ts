import { openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { loadEngine } from "../src/engine/load-engine.ts";
import { createRunPace } from "../src/run/run-pace.ts";
import { runTraining } from "../src/run/run-training.ts";
import { claimRuns } from "../src/worker/claim-runs.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { eventsOf, whenRun } from "./support/run-state.ts";
import { sharedInterpreter, tinyEngine } from "./support/tiny-engine.ts";
import { createWorkerConfig } from "./support/worker-config.ts";

test("an engine that ends while a run is claimed hands the run back, and the worker goes on", async () => {
  const tiny = await tinyEngine();
  await using store = await openTestStore();
  await using config = await createWorkerConfig(tiny);
  const scope = await createPersona(store, tiny.base);
  const run = await startTestRun(store, { base: tiny.base, scope });
  const engine = await loadEngine(config.engine, store.log, sharedInterpreter.startEngine);
  const draining = new AbortController();
  // The supervisor has not seen its end yet when the claim begins.
  let current: typeof engine | undefined = engine;
  const claiming = claimRuns({
    store,
    log: store.log,
    engine: () => current,
    claim: ({ engineKey }) => ({ workerId: "one", engineKey, leaseSeconds: 30 }),
    slots: 1,
    draining: draining.signal,
    train: async (claimed, taken, place) => {
      await engine.end();
      current = undefined;
      const { folder, leaseSeconds, checkpointPace } = config;
      const trainer = { store, log: store.log, folder, leaseSeconds, checkpointPace, engine: taken };
      await runTraining(
        {
          ...trainer,
          makeRoom: async () => false,
          draining: draining.signal,
          onRate: () => {},
          runPace: createRunPace(),
          place,
        },
        claimed,
      );
    },
  });
  await whenRun(store, run, ({ attempt, status }) => attempt === 1 && status === "queued");
  expect((await eventsOf(store, run)).map(({ type }) => type)).toContain("run-requeued");
  draining.abort();
  await claiming;
});
