import type { RunEvent } from "@loraloom/client";
import type { Problem } from "../parts/problem.ts";

/**
 * What was measured on rows held out; accuracy is the share of tokens that were right, if the method has one,
 * preferences tell that of pairs, and reward is the mean one of a method that learns by rewards.
 */
export type HeldOut = Pick<
  Extract<RunEvent, { type: "evaluated" }>["data"],
  "loss" | "accuracy" | "preferences" | "reward"
>;

/** A run as its events tell it so far. */
export type RunView = {
  id: string;
  /** What it does now, as a person says it. */
  status: string;
  state: "waiting" | "training" | "completed" | "failed" | "cancelled";
  progress: Extract<RunEvent, { type: "progress" }>["data"] | null;
  /** The loss of each step; the mean reward, where the method learns by rewards. */
  curve: { step: number; value: number }[];
  heldOutBefore: HeldOut | null;
  /** The newest; with early stopping in the end that of the best version. */
  heldOutNow: HeldOut | null;
  versionId: string | null;
  problem: Problem | null;
};

export const newRunView = (id: string): RunView => ({
  id,
  status: "Waits for a worker",
  state: "waiting",
  progress: null,
  curve: [],
  heldOutBefore: null,
  heldOutNow: null,
  versionId: null,
  problem: null,
});

export const isEnded = ({ state }: RunView): boolean =>
  state === "completed" || state === "failed" || state === "cancelled";

/** The view after one more event. */
export const afterEvent = (view: RunView, event: RunEvent): RunView => ({
  ...view,
  ...changeOf(view, event),
});

const changeOf = (view: RunView, event: RunEvent): Partial<RunView> => {
  switch (event.type) {
    case "run-queued":
      return { status: "Waits for a worker", state: "waiting" };
    case "run-claimed":
      return { status: "Reads and freezes the rows", state: "waiting" };
    case "rows-frozen":
      return { status: `Begins with ${event.data.examples} examples` };
    case "run-started":
      return { status: "Trains", state: "training", curve: before(view, event.data.resumedFromStep) };
    case "progress":
      return { progress: event.data, curve: [...before(view, event.data.step), pointOf(event.data)] };
    case "evaluated":
      return event.data.phase === "before" ? { heldOutBefore: event.data } : { heldOutNow: event.data };
    case "run-exporting":
      return { status: "Checks and publishes the adapter" };
    case "run-completed":
      return { status: "Trained", state: "completed", versionId: event.data.versionId };
    case "run-failed":
      return { status: "Failed", state: "failed", problem: event.data };
    case "run-cancelled":
      return { status: "Cancelled", state: "cancelled" };
    case "run-requeued":
      return { status: "Waits for another worker, to go on from its last checkpoint", state: "waiting" };
    case "checkpointed":
      return {};
  }
};

/** After a resume steps come again; the last attempt's count. */
const before = ({ curve }: RunView, from: number) => curve.filter(({ step }) => step < from);

const pointOf = ({ step, loss, rewards }: NonNullable<RunView["progress"]>) => ({
  step,
  value: rewards ? rewards.mean : loss,
});
