import type { WrittenDiary } from "../users/diary.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("nobody has more runs at once than the limits allow");

/** What a user has at one moment. */
export type LimitSample = {
  user_id: string;
  running: number;
  /** That no worker ever had: one that is given back to the queue was let in before. */
  waiting: number;
};

/** As a statement of SQL. */
export const limitSamples = `select user_id,
  (count(*) filter (where status in ('preparing', 'training', 'exporting')))::int as running,
  (count(*) filter (where status = 'queued' and attempt = 0))::int as waiting
  from runs group by user_id`;

export const checkLimits = (diaries: WrittenDiary[], samples: LimitSample[]): Violation[] =>
  diaries.flatMap(({ userId, limits }) => {
    const own = samples.filter(({ user_id }) => user_id === userId);
    const { concurrentRuns = Number.POSITIVE_INFINITY, queuedRuns = Number.POSITIVE_INFINITY } = limits;
    const most = (name: "running" | "waiting") => Math.max(0, ...own.map((sample) => sample[name]));
    const look = `select * from audit_log where user_id = ${literal(userId)} order by at`;
    return [
      ...(most("running") <= concurrentRuns
        ? []
        : [violation(userId, `had ${most("running")} running runs, allowed are ${concurrentRuns}`, look)]),
      ...(most("waiting") <= queuedRuns
        ? []
        : [violation(userId, `had ${most("waiting")} waiting runs, allowed are ${queuedRuns}`, look)]),
    ];
  });
