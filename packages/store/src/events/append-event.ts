import { sql } from "drizzle-orm";
import type { Transaction } from "../transaction.ts";
import { type NewRunEvent, parseNewEvent } from "./run-event.ts";

/** The channel that tells watchers the id of a run with a new event. */
export const runEventsChannel = "run_events";

/**
 * Adds an event to a run. Its number is the run's last one plus one, taken under the row's lock until the
 * transaction ends: events become visible in their order, so no watcher can skip one. One statement, as other
 * writers of the run wait for the lock.
 *
 * @throws ZodError when the event is not one of the schema: a fault of the caller
 */
export const appendEvent = async (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> => {
  const { type, data } = parseNewEvent(event);
  const { rowCount } = await tx.execute(sql`
    with numbered as (
      update runs set event_seq = event_seq + 1 where id = ${runId}
      returning id, event_seq, attempt
    ),
    written as (
      insert into run_events (run_id, seq, attempt, at, type, data)
      select id, event_seq, attempt, now(), ${type}, ${JSON.stringify(data)}::jsonb from numbered
    )
    select pg_notify(${runEventsChannel}, id) from numbered`);
  if (rowCount === 0) throw new Error(`Run ${runId} is gone while its event ${type} is written`);
};
