import {
  claimRun,
  endCancelled,
  type Fence,
  failRun,
  recordProgress,
  recordStarted,
} from "@loraloom/store/runs";
import { vi } from "vitest";
import type { TestCli } from "./open-cli.ts";

const steps = 40;

export type PlayedWorker = {
  step: () => Promise<void>;
  fail: () => Promise<void>;
  cancelled: () => Promise<void>;
};

/** Takes the avatar's run as a worker does, and says it trains. */
export const playWorker = async (
  { server: { store } }: TestCli,
  engineKey: string,
): Promise<PlayedWorker> => {
  const claim = () => claimRun(store, { workerId: "01", engineKey, leaseSeconds: 60 });
  // A claim skips a row that a sweep of the host has just locked.
  const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  const fence: Fence = { runId: run.id, attempt: run.attempt };
  await recordStarted(store, fence, { steps, resumedFromStep: 0 });
  let step = 0;
  return {
    step: async () => {
      step += 1;
      await recordProgress(store, fence, progressAt(step));
    },
    fail: async () => {
      const error = {
        code: "non_finite_loss",
        message: "The loss is NaN at step 3.",
        remedy: "Lower the rate.",
      };
      await failRun(store, fence, { error, fault: "user" });
    },
    cancelled: async () => {
      await endCancelled(store, fence);
    },
  };
};

const progressAt = (step: number) => ({
  step,
  steps,
  epoch: 0,
  loss: 1.5,
  learningRate: 1e-4,
  tokens: step,
  tokensPerSecond: 120,
  etaSeconds: steps - step,
});
