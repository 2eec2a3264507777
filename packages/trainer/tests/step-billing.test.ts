import { engineKeyOf } from "@loraloom/store/env";
import { claimRun, getRun } from "@loraloom/store/runs";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test, vi } from "vitest";
import type { EngineEvent } from "../src/engine/protocol.ts";
import type { RunContext } from "../src/run/context.ts";
import { createDeviceTime } from "../src/run/device-time.ts";
import { createStepMeter } from "../src/run/step-meter.ts";
import { trainOnEngine } from "../src/run/train-on-engine.ts";
import { frozen } from "./support/frozen.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { runContextOf } from "./support/run-context.ts";

const base = {
  modelId: "test/tiny",
  revision: "main",
  dtype: "float32",
  quantization: "none",
  path: "",
} as const;
const of = { seq: 1, id: "1", run_id: "run" };
const started = {
  ...of,
  examples: 1,
  evaluation_examples: 0,
  trained_tokens_per_epoch: 1,
  resumed_from_step: 0,
};
const progress = {
  ...{ ...of, steps: 2, epoch: 1, loss: 1, learning_rate: 1, gradient_norm: 1, eta_seconds: 0 },
  ...{ tokens: 1, tokens_per_second: 1, preferences: null, rewards: null },
};
const finished = {
  ...{ ...of, path: "", steps: 2, tokens: 1, seconds: 1, final_loss: 1, held_out_before: null },
  ...{ held_out_after: null, stopped_early: false, best_step: null, peak_memory_bytes: 0 },
};
const events: EngineEvent[] = [
  { type: "run_started", ...started, steps: 2 },
  { type: "progress", ...progress, step: 1 },
  { type: "progress", ...progress, step: 2 },
  { type: "run_finished", ...finished },
];

test("what is billed is the time between the engine's steps, however long the database takes to record them", async () => {
  await using store = await openTestStore();
  const scope = await createPersona(store, base);
  await startTestRun(store, { base, scope });
  const claim = () => claimRun(store, { workerId: "one", engineKey: engineKeyOf(base), leaseSeconds: 300 });
  const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  const clock = { seconds: 0 };
  /** Tells all in a moment, 5 s from step to step; by the time that it is read an hour has passed. */
  const open: RunContext["engine"]["open"] = (_type, _fields, onEvent) => {
    for (const event of events) {
      onEvent?.(event);
      clock.seconds += 5;
    }
    clock.seconds += 3_600;
    return { id: "1", events: ReadableStream.from(events) };
  };
  const ask = () => expect.unreachable();
  const stepMeter = createStepMeter(createDeviceTime(() => clock.seconds));
  const context = runContextOf(store, run, { engine: { ask, open }, stepMeter });
  const rows = { rowsPath: "", evaluationPath: null };
  await trainOnEngine(context, { frozen, rows, startFromPath: undefined, checkpointPath: undefined });
  expect(await getRun(store, scope, run.id)).toMatchObject({ billedStep: 2, billedSeconds: 10 });
});
