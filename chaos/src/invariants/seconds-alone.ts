import type { EventRow } from "./rows.ts";

/**
 * The seconds for which a run surely had an engine for itself while it did steps for the first time: nobody else can be
 * billed for them. Of each attempt that is the time from the event before its first new step to its last step but one,
 * which was read from the clock before the last one ended, without the time in which its worker had another run.
 *
 * @param hidden when runs that left no events were worked on, whoever had them
 * @returns by the run's id
 */
export const secondsAlone = (events: EventRow[], hidden: Span[]): Map<string, number> => {
  const attempts = attemptsIn(events);
  const byWorker = Map.groupBy(attempts, ({ workerId }) => workerId);
  const seconds = new Map<string, number>();
  for (const attempt of attempts) {
    const others = (byWorker.get(attempt.workerId) ?? []).filter(({ runId }) => runId !== attempt.runId);
    const alone = without(attempt.working, [...hidden, ...others.map(({ had }) => had)]);
    seconds.set(attempt.runId, (seconds.get(attempt.runId) ?? 0) + alone);
  }
  return seconds;
};

export type Span = { from: number; to: number };
type Attempt = { runId: string; workerId: string; had: Span; working: Span };

/** So long a worker that was paused past its leases may still count with a run that another one has by now. */
const lateSeconds = 30;

const attemptsIn = (events: EventRow[]): Attempt[] =>
  [...Map.groupBy(events, ({ run_id }) => run_id)].flatMap(([runId, own]) => {
    const starts = own.flatMap(({ type }, index) => (type === "run-claimed" ? [index] : []));
    let done = 0;
    return starts.map((start, number) => {
      const attempt = own.slice(start, starts[number + 1]);
      const working = workOf(attempt, done);
      done = Math.max(done, ...stepsIn(attempt));
      const [claimed] = attempt;
      const workerId = String(claimed?.data.workerId);
      return { runId, workerId, had: heldIn(attempt), working };
    });
  });

const heldIn = (attempt: EventRow[]): Span => {
  const last = attempt.at(-1);
  const isLost = last?.type === "run-requeued" && last.data.reason === "lease_lost";
  return { from: attempt[0]?.at ?? 0, to: (last?.at ?? 0) + (isLost ? lateSeconds : 0) };
};

const stepsIn = (attempt: EventRow[]): number[] =>
  attempt.flatMap(({ type, data }) => (type === "progress" ? [Number(data.step)] : []));

/** Empty where it did less than two new steps. */
const workOf = (attempt: EventRow[], done: number): Span => {
  const marks = attempt.filter(({ type }) => type === "run-started" || type === "progress");
  const first = marks.findIndex(({ type, data }) => type === "progress" && Number(data.step) > done);
  const [before, lastButOne] = [marks[first - 1], marks.at(-2)];
  if (!before || !lastButOne || lastButOne.at <= before.at) return { from: 0, to: 0 };
  return { from: before.at, to: lastButOne.at };
};

const without = ({ from, to }: Span, others: Span[]): number => {
  let [alone, free] = [0, from];
  for (const other of others.toSorted((one, next) => one.from - next.from)) {
    alone += Math.max(0, Math.min(other.from, to) - free);
    free = Math.max(free, other.to);
  }
  return alone + Math.max(0, to - free);
};
