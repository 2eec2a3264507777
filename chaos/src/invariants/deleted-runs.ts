import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import { eventsOf, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("of a deleted run nothing is left but its version");

/** One whose deletion nobody answered is there, and then the other invariants hold for it, or wholly gone. */
export const checkDeletedRuns = (facts: Facts, diaries: WrittenDiary[]): Violation[] => {
  const there = new Set(facts.runs.map(({ id }) => id));
  const withEvents = new Set(facts.events.map(({ run_id }) => run_id));
  return diaries.flatMap(({ runs }) =>
    runs.flatMap(({ runId, deleted }) => {
      if (!deleted || (deleted.answer === "unknown" && there.has(runId))) return [];
      const left = [
        ...(there.has(runId) ? ["its row"] : []),
        ...(withEvents.has(runId) ? ["events"] : []),
        ...(facts.metrics.has(runId) ? ["figures"] : []),
        ...[...facts.keys].filter((key) => key.includes(`/runs/${runId}/`)),
      ];
      return left.map((what) =>
        violation(`run ${runId}`, `is deleted, and has left ${what}`, eventsOf(runId)),
      );
    }),
  );
};
