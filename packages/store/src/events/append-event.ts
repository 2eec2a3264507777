import { sql } from "drizzle-orm";
import { readAs, type Statement } from "../database/send-together.ts";
import type { Transaction } from "../transaction.ts";
import { outboxOf } from "../webhooks/outbox.ts";
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
  const append = tx.execute(sql`
    with numbered as (
      update runs set event_seq = event_seq + 1 where id = any(${sql.param(runIds)})
      returning *
    ),
    written as (
      insert into run_events (run_id, seq, attempt, at, type, data)
      select id, event_seq, attempt, now(), ${type}, ${JSON.stringify(data)}::jsonb from numbered
    ),
    outbox as (${outboxOf(type)})
    select pg_notify(${runEventsChannel}, id) from numbered`);
  return readAs(append, ({ rowCount }) => {
    if (rowCount !== runIds.length)
      throw new Error(`Of ${runIds.join(", ")} a run is gone while its event ${type} is written`);
  });
};
