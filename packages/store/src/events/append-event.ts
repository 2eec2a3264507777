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

/**
 * Adds an event as the owner of a run, whose row this transaction has changed or locked. A worker that lost the answer to
 * its COMMIT writes again what it has written: nobody else writes events of the run meanwhile, so that it is then the last
 * one of this attempt, and is not told twice.
 *
 * @throws ZodError as {@link appendEvent}
 */
export const appendOnce = async (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> => {
  await appendUnlessLast(tx, [runId], parseNewEvent(event));
};

/** Adds the same event to each of several runs. @throws as {@link appendEvent} */
export const appendToEach = (tx: Transaction, runIds: string[], event: NewRunEvent): Statement<void> => {
  const parsed = parseNewEvent(event);
  return readAs({ execute: () => append(tx, runIds, parsed) }, ({ length }) => {
    if (length !== runIds.length)
      throw new Error(`Of ${runIds.join(", ")} a run is gone while its event ${parsed.type} is written`);
  });
};

/** Answers with a row for each run that the event was added to. */
const appending = (name: string, isWanted: SQL) => {
  const untold = prepared(`append-${name}`, insertion(isWanted, sql`select`));
  const told = prepared(`append-told-${name}`, insertion(isWanted, outbox));
  return (tx: Transaction, runIds: string[], { type, data }: Pick<NewRunEvent, "type" | "data">) => {
    const values = { runIds, type, data: JSON.stringify(data) };
    return isWebhookEvent(type) ? told(tx, { ...values, deliveryId: newId() }) : untold(tx, values);
  };
};

const insertion = (isWanted: SQL, outbox: SQL): SQL => sql`
  with numbered as (
    update runs set event_seq = event_seq + 1 where id = any(${sql.placeholder("runIds")}::text[]) and ${isWanted}
    returning *
  ),
  written as (
    insert into run_events (run_id, seq, attempt, at, type, data)
    select id, event_seq, attempt, now(), ${sql.placeholder("type")}, ${sql.placeholder("data")}::jsonb from numbered
  ),
  outbox as (${outbox})
  select pg_notify(${sql.raw(`'${runEventsChannel}'`)}, id) from numbered`;

const append = appending("event", sql`true`);
const appendUnlessLast = appending(
  "event-once",
  sql`not exists (
    select from run_events as last where last.run_id = runs.id and last.seq = runs.event_seq
      and last.attempt = runs.attempt and last.type = ${sql.placeholder("type")}
      and last.data = ${sql.placeholder("data")}::jsonb)`,
);
