import { engineKeyOf } from "@loraloom/store/env";
import { claimRun, getRun } from "@loraloom/store/runs";
import { openTestStore, type TestStore } from "@loraloom/store/testing";
import { expect, test, vi } from "vitest";
import type { EngineChild } from "../src/engine/child.ts";
import { connectEngine } from "../src/engine/connection.ts";
import { createDeviceTime } from "../src/engine/device-time.ts";
import { createEngineClock } from "../src/engine/engine-clock.ts";
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
const told = { id: "1", run_id: "run" };
const started = {
  ...{ ...told, type: "run_started", examples: 1, evaluation_examples: 0, trained_tokens_per_epoch: 1 },
  ...{ steps: 2, resumed_from_step: 0 },
};
const progress = {
  ...{ ...told, type: "progress", steps: 2, epoch: 1, loss: 1, learning_rate: 1, gradient_norm: 1 },
  ...{ tokens: 1, tokens_per_second: 1, eta_seconds: 0, preferences: null, rewards: null },
};
const finished = {
  ...{ ...told, type: "run_finished", path: "/nowhere", steps: 2, tokens: 1, seconds: 1, final_loss: 1 },
  ...{ held_out_before: null, held_out_after: null, stopped_early: false, best_step: null },
  peak_memory_bytes: 0,
};
const lines = [started, { ...progress, step: 1 }, { ...progress, step: 2 }, finished];

/** An engine that writes a line every 5 s from its 2nd second on, and this process's clock as each is read. */
const startEngine = (log: TestStore["log"], readAt: number[]) => {
  const here = { seconds: 0 };
  const clock = createEngineClock(() => here.seconds);
  async function* read(): AsyncGenerator<string> {
    await asked.promise;
    for (const [index, line] of lines.entries()) {
      here.seconds = readAt[index] ?? Number.NaN;
      yield JSON.stringify({ ...line, seq: index + 1, at: 2 + 5 * index });
    }
    await exited.promise;
  }
  const asked = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<string>();
  const child: EngineChild = {
    ...{ pid: 1, lines: read(), exited: exited.promise },
    ...{ send: () => asked.resolve(), kill: exited.resolve, hangUp: () => {} },
  };
  return { ...connectEngine(child, clock, log), stepMeter: createStepMeter(createDeviceTime(clock)) };
};

test.each([
  { when: "the first late", readAt: [6.9, 7, 12, 17] },
  { when: "the last late", readAt: [2, 7, 3_600, 3_600] },
  { when: "all in one moment", readAt: [3_600, 3_600, 3_600, 3_600] },
])(
  "what is billed is the time between the engine's steps by its own clock, whenever they are read: $when",
  async ({ readAt }) => {
    await using store = await openTestStore();
    const scope = await createPersona(store, base);
    await startTestRun(store, { base, scope });
    const claim = () => claimRun(store, { workerId: "one", engineKey: engineKeyOf(base), leaseSeconds: 300 });
    const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
    const { stepMeter, ...engine } = startEngine(store.log, readAt);
    const context = runContextOf(store, run, { engine, stepMeter });
    const rows = { rowsPath: "/nowhere", evaluationPath: null };
    await trainOnEngine(context, { frozen, rows, startFromPath: undefined, checkpointPath: undefined });
    expect(await getRun(store, scope, run.id)).toMatchObject({ billedStep: 2, billedSeconds: 10 });
  },
);
