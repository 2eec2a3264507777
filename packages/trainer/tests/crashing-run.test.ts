import type { Run } from "@loraloom/store/runs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crashingEngine } from "./support/crashing-engine.ts";
import { createPersona, longSteps, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let guilty: Run | undefined;
const isFatal = ({ runId, step }: { runId: string; step: number }) => runId === guilty?.id && step === 3;
let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker({ slots: 4 }, { spare: crashingEngine(isFatal) });
});
afterAll(() => shared[Symbol.asyncDispose]());

const start = async (avatarId: string): Promise<Run> => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, avatarId);
  return startTestRun(store, {
    base: tiny.base,
    scope,
    config: { ...longSteps, epochs: 1000, maxSteps: 40 },
  });
};

test("a run that crashes the engine at each try is found out, and costs its neighbours no attempt", async () => {
  const { store } = shared;
  const neighbours = [await start("first"), await start("second")];
  for (const run of neighbours) await whenRun(store, run, ({ progress }) => progress !== null);
  guilty = await start("guilty");
  expect(await endOf(store, guilty)).toMatchObject({
    status: "failed",
    progress: { step: 2 },
    error: { code: "attempts_exhausted", details: { cause: { code: "engine_crashed" } } },
  });
  // One crash beside others, and one for each try that counts.
  await engineStarts().toBe(1 + 4);
  for (const run of neighbours) {
    expect(await endOf(store, run)).toMatchObject({ status: "completed", failures: 0, crashedStep: null });
    const crashes = (await eventsOf(store, run)).filter(
      ({ type, data }) => type === "run-requeued" && "reason" in data && data.reason === "system_fault",
    );
    expect(crashes).toHaveLength(1);
  }
});

/** One that is ready is told a moment after the crash that it follows. */
const engineStarts = () =>
  expect.poll(() => shared.store.logged.filter(({ message }) => message === "engine ready").length);
