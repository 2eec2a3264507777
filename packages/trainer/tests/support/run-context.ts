import type { Run } from "@loraloom/store/runs";
import type { TestStore } from "@loraloom/store/testing";
import { createDeviceTime } from "../../src/engine/device-time.ts";
import { createEngineClock } from "../../src/engine/engine-clock.ts";
import type { RunContext } from "../../src/run/context.ts";
import { createRunPace } from "../../src/run/run-pace.ts";
import { createStepMeter } from "../../src/run/step-meter.ts";

/** An engine that an attempt must not get to. */
const unreached = () => {
  throw new Error("the engine was asked");
};

/** A place in an engine that does not crash. */
export const inNobodysWay: RunContext["place"] = {
  free: Promise.resolve(),
  follow: () => {},
  crash: () => undefined,
};

/** What a worker has at hand for an attempt of a run: without an engine and a folder unless they are given. */
export const runContextOf = (
  store: TestStore,
  run: Run,
  parts: Partial<Pick<RunContext, "engine" | "folder" | "makeRoom" | "stepMeter">> = {},
): RunContext => ({
  store,
  scope: run,
  run,
  engine: { ask: unreached, open: unreached },
  makeRoom: async () => false,
  folder: "/nowhere",
  log: store.log,
  fence: { runId: run.id, attempt: run.attempt },
  stop: new AbortController().signal,
  finish: new AbortController().signal,
  lost: new AbortController().signal,
  requireLease: () => {},
  heed: () => {},
  place: inNobodysWay,
  checkpointPace: { steps: 1, seconds: 1 },
  onRate: () => {},
  stepMeter: createStepMeter(createDeviceTime(createEngineClock())),
  runPace: createRunPace(),
  ...parts,
});
