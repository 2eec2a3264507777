import type { EventRow } from "./rows.ts";

/**
 * The engine's own seconds of each run that one attempt completed while its worker surely had no other run: nobody else
 * can be billed for them. The times of the events say less: a step is recorded after the engine has told of it.
 *
 * @param hidden when runs that left no events were worked on, whoever had them
 * @returns by the run's id
 */
export const secondsAlone = (events: EventRow[], hidden: Span[]): Map<string, number> => {
  const attempts = attemptsIn(events);
  const ofRuns = Map.groupBy(attempts, ({ runId }) => runId);
  const alone = attempts.filter(({ runId, workerId, had, seconds }) => {
    const others = attempts.filter((other) => other.workerId === workerId && other.runId !== runId);
    const isOnly = ofRuns.get(runId)?.length === 1 && seconds !== undefined;
    return isOnly && [...hidden, ...others.map((other) => other.had)].every((span) => isApart(span, had));
  });
  return new Map(alone.map(({ runId, seconds = 0 }) => [runId, seconds]));
};

export type Span = { from: number; to: number };
type Attempt = { runId: string; workerId: string; had: Span; seconds: number | undefined };

/** So long a worker that was paused past its leases may still count with a run that another one has by now. */
const lateSeconds = 30;

const attemptsIn = (events: EventRow[]): Attempt[] =>
  [...Map.groupBy(events, ({ run_id }) => run_id)].flatMap(([runId, own]) => {
    const starts = own.flatMap(({ type }, index) => (type === "run-claimed" ? [index] : []));
    return starts.map((start, number) => {
      const attempt = own.slice(start, starts[number + 1]);
      const workerId = String(attempt[0]?.data.workerId);
      return { runId, workerId, had: heldIn(attempt), seconds: engineSeconds(attempt) };
    });
  });

const heldIn = (attempt: EventRow[]): Span => {
  const last = attempt.at(-1);
  const isLost = last?.type === "run-requeued" && last.data.reason === "lease_lost";
  return { from: attempt[0]?.at ?? 0, to: (last?.at ?? 0) + (isLost ? lateSeconds : 0) };
};

/** As the engine tells them with the finished adapter; `undefined` where it finished none. */
const engineSeconds = (attempt: EventRow[]): number | undefined => {
  const { metrics } = (attempt.find(({ type }) => type === "run-completed")?.data ?? {}) as {
    metrics?: { seconds: number };
  };
  return metrics?.seconds;
};

const isApart = (one: Span, other: Span): boolean => one.to < other.from || other.to < one.from;
