import { sql } from "drizzle-orm";

/**
 * Who is next: the user whose runs had the least of the workers' time in the last 24 hours, then the oldest
 * run. A run's time counts from its first claim to its end; one that waits again doesn't count.
 */
export const attainedService = sql`
  select user_id, sum(extract(epoch from
    coalesce(finished_at, now()) - greatest(started_at, now() - interval '24 hours'))) as seconds
  from runs
  where started_at is not null and status <> 'queued'
    and (finished_at is null or finished_at > now() - interval '24 hours')
  group by user_id`;

/** Orders queued runs `waiting` that are joined with the rows of {@link attainedService} as `service`. */
export const queueOrder = sql`coalesce(service.seconds, 0), waiting.created_at, waiting.id`;
