import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import type { EventRow } from "./rows.ts";
import { eventsOf, literal, type Violation, violationsOf } from "./violation.ts";

const endings = ["run-completed", "run-failed", "run-cancelled"];
const violation = violationsOf("events are gapless, and watchers see each once");

type Told = Pick<EventRow, "seq" | "type">;

export const checkEvents = ({ runs, events }: Facts, diaries: WrittenDiary[]): Violation[] => {
  const byRun = Map.groupBy(events, ({ run_id }) => run_id);
  const stored = runs.flatMap(({ id, event_seq }) => {
    const fault = faultOfEvents(byRun.get(id) ?? [], event_seq);
    return fault ? violation(`run ${id}`, fault, eventsOf(id)) : [];
  });
  const watched = diaries.flatMap(({ userId, runs: told }) =>
    told.flatMap(({ runId, seen, deleted }) => {
      const isGone = deleted !== undefined && !byRun.has(runId);
      const fault = isGone ? faultOfEvents(seen, seen.length) : faultOfSeen(seen, byRun.get(runId) ?? []);
      return fault ? violation(`watcher ${literal(userId)} of run ${runId}`, fault, eventsOf(runId)) : [];
    }),
  );
  return [...stored, ...watched];
};

const faultOfEvents = (events: Told[], last: number): string | undefined => {
  const wrong = events.find(({ seq }, index) => seq !== index + 1);
  if (wrong) return `event ${wrong.seq} stands where another number should`;
  if (events.length !== last) return `the run counts ${last} events, and there are ${events.length}`;
  if (events[0]?.type !== "run-queued") return `begins with '${events[0]?.type}'`;
  const ends = events.filter(({ type }) => endings.includes(type));
  if (ends.length > 1) return `ends ${ends.length} times`;
  return ends[0] === events.at(-1) ? undefined : "something follows its end";
};

const faultOfSeen = (seen: Told[], events: EventRow[]): string | undefined => {
  const wrong = seen.findIndex(({ seq, type }, index) => seq !== index + 1 || type !== events[index]?.type);
  if (wrong >= 0) return `saw ${JSON.stringify(seen[wrong])} in place of event ${wrong + 1}`;
  return seen.length === events.length ? undefined : `saw ${seen.length} of ${events.length} events`;
};
