import { sql } from "drizzle-orm";

/**
 * What a message says of the run: no figure, no file and no text of its rows. A version that is only being written has
 * its id already; of a run that was cancelled it is what was kept.
 */
const factsOfRun = sql`jsonb_build_object(
  'at', now(),
  'runId', numbered.id,
  'userId', numbered.user_id,
  'avatarId', numbered.avatar_id,
  'name', numbered.name,
  'seq', numbered.event_seq,
  'attempt', numbered.attempt,
  'status', numbered.status,
  'versionId', case when numbered.status in ('completed', 'cancelled') then numbered.version_id end,
  'errorCode', numbered.error ->> 'code',
  'createdAt', numbered.created_at,
  'startedAt', numbered.started_at,
  'finishedAt', numbered.finished_at)`;

/**
 * Writes what webhooks are to be told of an event, as a part of the statement that writes the event: `numbered` is the
 * run's row with the event's number, and the placeholders are for the event's type and a new id. Each webhook's row is
 * held until the end, so that one that is being deleted is passed over and does not make the run's change fail.
 */
export const outbox = sql`
  insert into webhook_deliveries (id, webhook_id, run_id, event_seq, avatar_id, type, facts)
  select ${sql.placeholder("deliveryId")}::text || '-' || webhooks.id, webhooks.id, numbered.id, numbered.event_seq,
    numbered.avatar_id, ${sql.placeholder("type")}::text, ${factsOfRun}
  from numbered join webhooks on webhooks.user_id = numbered.user_id
  where webhooks.disabled_at is null
    and webhooks.events ? ${sql.placeholder("type")}::text
    and coalesce(webhooks.avatar_id = numbered.avatar_id, true)
  for key share of webhooks`;
