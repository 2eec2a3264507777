import { errorEntry, isErrorCode } from "@loraloom/errors";
import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import type { EventRow, RunRow } from "./rows.ts";
import { eventsOf, type Violation, violationsOf } from "./violation.ts";

const terminal = ["completed", "failed", "cancelled"];
const violation = violationsOf("every accepted run ends, completed unless there is a reason");

/** `completed`, unless it was cancelled, failed by its user's fault, or was tried three times in vain. */
export const checkRunsEnd = ({ runs, events }: Facts, diaries: WrittenDiary[]): Violation[] => {
  const told = new Map(diaries.flatMap((diary) => diary.runs.map((run) => [run.runId, run] as const)));
  const faultOf = (run: RunRow): string | undefined => {
    if (run.status === "completed") return undefined;
    if (!terminal.includes(run.status)) return `is still '${run.status}'`;
    if (run.status === "cancelled") return wrongCancellation(run, told.get(run.id), ofRun(events, run));
    return unfairFailure(run, ofRun(events, run));
  };
  return runs.flatMap((run) => {
    const fault = faultOf(run);
    return fault ? violation(`run ${run.id}`, fault, eventsOf(run.id)) : [];
  });
};

const ofRun = (events: EventRow[], { id }: RunRow): EventRow[] =>
  events.filter(({ run_id }) => run_id === id);

/** One that is to keep what it has learnt leaves a candidate where there is a checkpoint, and else says why not. */
const wrongCancellation = (
  { cancel_keeps, version_id, error }: RunRow,
  told: WrittenDiary["runs"][number] | undefined,
  events: EventRow[],
): string | undefined => {
  if (!told?.wasCancelAsked) return "nobody cancelled it";
  if (cancel_keeps !== told.wasKeepAsked) return `keeps: ${cancel_keeps}, asked for: ${told.wasKeepAsked}`;
  if (!cancel_keeps) return version_id === null ? undefined : "kept what nobody asked for";
  if (version_id !== null) return undefined;
  if (error?.code !== "nothing_to_keep") return `kept nothing, and says '${error?.code}'`;
  const hasCheckpoint = events.some(({ type, data }) => type === "checkpointed" && Number(data.step) > 0);
  // The last one in vain ends the run.
  return hasCheckpoint && attemptsInVain(events) < 2 ? "kept nothing of its checkpoint" : undefined;
};

const unfairFailure = ({ error }: RunRow, events: EventRow[]): string | undefined => {
  const code = error?.code ?? "no code";
  if (code === "attempts_exhausted") {
    const vain = attemptsInVain(events);
    return vain >= 3 ? undefined : `was given up after ${vain} attempts without progress`;
  }
  const isUsersFault = isErrorCode(code) && errorEntry(code).fault === "user";
  return isUsersFault ? undefined : `failed by '${code}', which is no user's fault`;
};

/** In a row, up to the end. */
const attemptsInVain = (events: EventRow[]): number => {
  let vain = 0;
  let hasCheckpoint = false;
  for (const { type, data } of events) {
    if (type === "checkpointed") {
      hasCheckpoint = true;
      vain = 0;
    }
    const isLost = type === "run-failed" || (type === "run-requeued" && data.reason !== "handed_back");
    if (isLost && !hasCheckpoint) vain++;
    if (type === "run-claimed") hasCheckpoint = false;
  }
  return vain;
};
