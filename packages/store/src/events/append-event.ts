import { type SQL, sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import { readAs, type Statement } from "../database/send-together.ts";
import { newId } from "../new-id.ts";
import type { Transaction } from "../transaction.ts";
import { outbox } from "../webhooks/outbox.ts";
import { isWebhookEvent } from "../webhooks/webhook-event.ts";
import { type NewRunEvent, parseNewEvent } from "./run-event.ts";

/** The channel that tells watchers the id of a run with a new event. */
export const runEventsChannel = "run_events";

/**
 * Adds an event to a run. Its number is the run's last one plus one, taken under the row's lock until the
 * transaction ends: events become visible in their order, so no watcher can skip one. What webhooks are to be
 * told of it is written with it. One statement, as other writers of the run wait for the lock.
 *
 * @throws ZodError when the event is not one of the schema: a fault of the caller
 */
export const appendEvent = async (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> =>
  appendToEach(tx, [runId], event).execute();

/** Adds the same event to each of several runs. @throws as {@link appendEvent} */
export const appendToEach = (tx: Transaction, runIds: string[], event: NewRunEvent): Statement<void> => {
  const { type, data } = parseNewEvent(event);
  const values = { runIds, type, data: JSON.stringify(data) };
  const append = isWebhookEvent(type)
    ? () => appendTold(tx, { ...values, deliveryId: newId() })
    : () => appendUntold(tx, values);
  return readAs({ execute: append }, ({ length }) => {
    if (length !== runIds.length)
      throw new Error(`Of ${runIds.join(", ")} a run is gone while its event ${type} is written`);
  });
};

const appending = (outbox: SQL): SQL => sql`
  with numbered as (
    update runs set event_seq = event_seq + 1 where id = any(${sql.placeholder("runIds")}::text[])
    returning *
  ),
  written as (
    insert into run_events (run_id, seq, attempt, at, type, data)
    select id, event_seq, attempt, now(), ${sql.placeholder("type")}, ${sql.placeholder("data")}::jsonb from numbered
  ),
  outbox as (${outbox})
  select pg_notify(${sql.raw(`'${runEventsChannel}'`)}, id) from numbered`;

const appendUntold = prepared("append-event", appending(sql`select`));
const appendTold = prepared("append-webhook-event", appending(outbox));
