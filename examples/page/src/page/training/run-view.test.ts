import type { RunEvent } from "@loraloom/client";
import { expect, test } from "vitest";
import { afterEvent, isEnded, newRunView } from "./run-view.ts";

type Told = { [Type in RunEvent["type"]]: Pick<Extract<RunEvent, { type: Type }>, "type" | "data"> };

const viewOf = (...told: Told[RunEvent["type"]][]) => {
  const events = told.map(
    (event, at) => ({ ...event, seq: at + 1, at: new Date(0), attempt: 1 }) as RunEvent,
  );
  return events.reduce(afterEvent, newRunView("run"));
};

const progress = (step: number, loss: number): Told["progress"] => ({
  type: "progress",
  data: {
    ...{ step, steps: 4, epoch: 1, loss, learningRate: 1e-4, gradientNorm: 1 },
    ...{ tokens: 10, tokensPerSecond: 5, etaSeconds: 2, preferences: null, rewards: null },
  },
});

test("steps that come again after a resume replace those of the attempt before", () => {
  const view = viewOf(
    { type: "run-started", data: { steps: 4, resumedFromStep: 0 } },
    progress(1, 5),
    progress(2, 4),
    progress(3, 3),
    { type: "run-requeued", data: { reason: "lease_lost" } },
    { type: "run-started", data: { steps: 4, resumedFromStep: 2 } },
    progress(3, 2),
  );
  expect(view.curve).toEqual([
    { step: 1, value: 5 },
    { step: 3, value: 2 },
  ]);
});

test("the curve of a run that learns by rewards is that of its rewards", () => {
  const learnt = progress(1, 0);
  const rewards = {
    ...{ mean: 0.25, std: 0.5, each: [0.25], completionTokens: 9, shortest: 1, longest: 16 },
    ...{ cutOff: 0, alike: 0, kl: null },
  };
  const view = viewOf({ ...learnt, data: { ...learnt.data, rewards } });
  expect(view.curve).toEqual([{ step: 1, value: 0.25 }]);
});

test("a run has ended once it has failed, and says why", () => {
  const data = { code: "out_of_memory", message: "The GPU is full.", remedy: "Take a smaller batch." };
  const view = viewOf({ type: "run-queued", data: {} }, { type: "run-failed", data });
  expect(view).toMatchObject({ state: "failed", problem: data });
  expect(isEnded(view)).toBe(true);
  expect(isEnded(viewOf(progress(1, 5)))).toBe(false);
});
