import { type SQL, sql } from "drizzle-orm";
import { hasSpent } from "../usage/budget.ts";
import { limitOf } from "../usage/limit-of.ts";

/** So long does what a user was given count; whoever had more than others waits no longer. */
const windowHours = 24;
/**
 * What a run in hand counts beside what it was billed: so nobody is given one slot after the other before his runs had
 * their first steps.
 */
const secondsInHand = 60;

/** For `with`: how many runs workers have of each user, who has any. */
export const working = sql`
  working as (
    select user_id, count(*)::int as running from runs
    where status in ('preparing', 'training', 'exporting') group by user_id
  )`;

/**
 * For a statement with a table `waiting` of (user_id, since, runs), one row for each user: the same and what each was
 * given, as `given` of (user_id, since, waiting, seconds, running). `seconds` of the engines' time in the window, from the
 * ledger; `running` runs that workers have. Nothing is joined: of a queue that grew a moment ago the database does not
 * know yet how many wait, and would go through all of them for each.
 */
export const givenService = sql`
  attained as (
    select user_id, sum(gpu_seconds) as seconds from usage_ledger
    where hour > now() - make_interval(hours => ${windowHours}) group by user_id
  ),
  ${working},
  given as (
    select user_id, min(since) as since, sum(runs)::int as waiting, sum(seconds) as seconds, sum(running)::int as running
    from (
      select user_id, since, runs, 0 as seconds, 0 as running from waiting
      union all select user_id, null, 0, seconds, 0 from attained
      union all select user_id, null, 0, 0, running from working
    ) as parts
    group by user_id having sum(runs) > 0
  )`;

/** What a user counts as given for each run in hand, and for each that is to be given next. */
export const serviceInHand = (runs: number): number => secondsInHand * runs;

/** The least first: what each user of {@link givenService} was given and has in hand. */
export const service = sql`given.seconds + ${secondsInHand} * given.running`;

/** How many runs of a user may be worked on at once; null: any number. */
export const concurrentRunsOf = (userId: SQL): SQL => limitOf("concurrentRuns", userId);

/**
 * Whether a user's next run may be claimed, whatever waits: none of his limits is reached. For a statement with
 * {@link working}. Of services without a limit nobody's usage is looked at.
 */
export const mayHaveNext = (userId: SQL): SQL => {
  const running = sql`coalesce((select running from working where working.user_id = ${userId}), 0)`;
  return sql`(not exists (select from limits)
    or (coalesce(${running} < ${concurrentRunsOf(userId)}, true) and not ${hasSpent(userId)}))`;
};
