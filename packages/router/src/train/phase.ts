import { isTerminal, type Run } from "@loraloom/store/runs";
import { z } from "zod";

/** Where a run stands within its status; null once it has ended. */
export const phaseSchema = z.enum([
  "waiting",
  "freezing",
  "starting",
  "training",
  "evaluating",
  "publishing",
  "cancelling",
  "keeping",
]);
export type Phase = z.output<typeof phaseSchema>;

type Standing = Pick<
  Run,
  "status" | "frozen" | "progress" | "cancelRequested" | "cancelKeeps" | "heldOutBefore"
>;

export const phaseOf = (run: Standing): Phase | null => {
  if (isTerminal(run.status)) return null;
  if (run.cancelRequested) return run.cancelKeeps ? "keeping" : "cancelling";
  if (run.status === "queued") return "waiting";
  if (run.status === "exporting") return "publishing";
  if (run.status === "preparing") return run.frozen ? "starting" : "freezing";
  return isMeasured(run) ? "evaluating" : "training";
};

/** Held-out rows are measured before the first step, and after the last one. */
const isMeasured = ({ frozen, progress, heldOutBefore }: Standing): boolean => {
  if (!frozen?.evaluationKey) return false;
  return progress ? progress.step === progress.steps : heldOutBefore === null;
};
