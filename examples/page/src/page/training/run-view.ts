import type { RunEvent } from "@loraloom/client";
import type { Problem } from "../parts/problem.ts";

/**
 * What was measured on rows held out; accuracy is the share of tokens that were right, if the method has one, and
 * reward the mean one of a method that learns by rewards.
 */
export type HeldOut = Pick<Extract<RunEvent, { type: "evaluated" }>["data"], "loss" | "accuracy" | "reward">;

/** A run as its events tell it so far. */
export type RunView = {
  id: string;
  /** What it does now, as a person says it. */
  status: string;
  state: "waiting" | "training" | "completed" | "failed" | "cancelled";
  progress: Extract<RunEvent, { type: "progress" }>["data"] | null;
  /** Loss by step. */
  losses: { step: number; loss: number }[];
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
  losses: [],
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
      return { status: "Trains", state: "training", losses: before(view, event.data.resumedFromStep) };
    case "progress":
      return { progress: event.data, losses: [...before(view, event.data.step), event.data] };
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
const before = ({ losses }: RunView, from: number) => losses.filter(({ step }) => step < from);
