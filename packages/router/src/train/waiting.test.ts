import type { Worker } from "@loraloom/store/workers";
import { expect, test } from "vitest";
import { waitingOf } from "./waiting.ts";

const key = "tiny@main/float32/none";
const other = "other@main/float32/none";
const run = { engineKey: key, isPaused: false, heldBy: null, heldAt: null, notBefore: new Date(0) };
const could = (refusal: Worker["bases"][number]["refusal"] = null) => [{ engineKey: key, refusal }];
const worker: Worker = {
  id: "w1",
  url: "http://127.0.0.1:9",
  engineKey: other,
  nextEngineKey: null,
  bases: could(),
  roles: ["train"],
  drainRequested: false,
  state: "ready",
  slots: 1,
  freeMemoryBytes: null,
  tokensPerSecond: null,
  device: null,
  objectFailures: 0,
  objectRetries: 0,
  startedAt: new Date(0),
  heartbeatAt: new Date(0),
};
const reasonWith = (...changes: Partial<Worker>[]) =>
  waitingOf(
    run,
    changes.map((change) => ({ ...worker, ...change })),
  ).reason;

test("why a run waits is told from what the workers hold", () => {
  expect(reasonWith({ engineKey: key })).toBe("turn");
  expect(reasonWith({ state: "switching", nextEngineKey: key })).toBe("base_loading");
  expect(reasonWith({ state: "starting", engineKey: key })).toBe("base_loading");
  expect(reasonWith({})).toBe("base_not_loaded");
  expect(reasonWith()).toBe("no_worker");
  expect(reasonWith({ bases: [] })).toBe("no_worker");
  expect(waitingOf({ ...run, isPaused: true }, []).reason).toBe("pause");
});

test("a run whose base one worker refuses waits for another that could load it", () => {
  const refusal = { code: "unknown_base_model", message: "/models holds no model.", remedy: "-" };
  expect(reasonWith({ bases: could(refusal) })).toBe("base_refused");
  expect(reasonWith({ bases: could(refusal) }, {})).toBe("base_not_loaded");
  expect(waitingOf(run, [{ ...worker, bases: could(refusal) }]).message).toContain("/models holds no model.");
});

test("a run that waits for a limit says which it is, its value and when it resets", () => {
  const held = { ...run, isPaused: true, heldBy: "gpuSecondsPerDay" as const, heldAt: 3_600 };
  expect(waitingOf(held, [])).toEqual({
    reason: "limit",
    message:
      "Its user has reached the limit 'gpuSecondsPerDay' of 3,600 GPU seconds a day, which resets at 1970-01-01T00:00:00.000Z.",
  });
  const busy = { ...run, heldBy: "concurrentRuns" as const, heldAt: 2 };
  expect(waitingOf(busy, []).message).toBe(
    "Its user has as many runs at work as the limit 'concurrentRuns' of 2 running runs allows.",
  );
});
