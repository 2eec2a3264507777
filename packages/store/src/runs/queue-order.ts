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
 * For a statement with a table `waiting` of (user_id): what each user of it was given, as `given` of (user_id, seconds,
 * running). `seconds` of the engines' time in the window, from the ledger; `running` runs that workers have.
 */
export const givenService = sql`
  attained as (
    select user_id, sum(gpu_seconds) as seconds from usage_ledger
    where hour > now() - make_interval(hours => ${windowHours}) group by user_id
  ),
  ${working},
  given as (
    select user_id, coalesce(attained.seconds, 0) as seconds, coalesce(working.running, 0) as running
    from (select distinct user_id from waiting) as users
      left join attained using (user_id) left join working using (user_id)
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
