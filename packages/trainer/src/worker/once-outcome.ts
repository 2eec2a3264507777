import type { Store } from "@loraloom/store";
import { findRunOfUser, isTerminal, type Run } from "@loraloom/store/runs";

/** `left`: the run is back in the queue, after a fault of the system or because the worker was told to end. */
export type OnceOutcome = "ended" | "left" | "none";

/** How the exit code of a process says it: an orchestrator starts another one for a run that was left. */
export const onceExitCodes: Record<OnceOutcome, number> = { ended: 0, none: 3, left: 4 };

/** What came of the one run that a worker took. One that is deleted or erased has ended: nobody takes it again. */
export const outcomeOf = async (
  { store }: { store: Store },
  claiming: Promise<Run | undefined>,
): Promise<OnceOutcome> => {
  const claimed = await claiming;
  if (!claimed) return "none";
  const run = await findRunOfUser(store, claimed.userId, claimed.id);
  return !run || isTerminal(run.status) ? "ended" : "left";
};
