import { type SQL, sql } from "drizzle-orm";
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
export const appendEvent = (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> =>
  appendToEach(tx, [runId], event);

/**
 * Adds an event as the owner of a run, whose row this transaction has changed or locked. A worker that lost the answer to
 * its COMMIT writes again what it has written: nobody else writes events of the run meanwhile, so that it is then the last
 * one of this attempt, and is not told twice.
 *
 * @throws ZodError as {@link appendEvent}
 */
export const appendOnce = async (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> => {
  const { type, data } = parseNewEvent(event);
  const isLast = sql`exists (
    select from run_events as last where last.run_id = runs.id and last.seq = runs.event_seq
      and last.attempt = runs.attempt and last.type = ${type} and last.data = ${JSON.stringify(data)}::jsonb)`;
  await append(tx, sql`id = ${runId} and not ${isLast}`, { type, data });
};

/** Adds the same event to each of several runs. @throws as {@link appendEvent} */
export const appendToEach = async (tx: Transaction, runIds: string[], event: NewRunEvent): Promise<void> => {
  const parsed = parseNewEvent(event);
  const appended = await append(tx, sql`id = any(${sql.param(runIds)})`, parsed);
  if (appended !== runIds.length)
    throw new Error(`Of ${runIds.join(", ")} a run is gone while its event ${parsed.type} is written`);
};

/** @returns to how many runs of those that are wanted */
const append = async (
  tx: Transaction,
  isWanted: SQL,
  { type, data }: Pick<NewRunEvent, "type" | "data">,
): Promise<number> => {
  const { rowCount } = await tx.execute(sql`
    with numbered as (
      update runs set event_seq = event_seq + 1 where ${isWanted}
      returning *
    ),
    written as (
      insert into run_events (run_id, seq, attempt, at, type, data)
      select id, event_seq, attempt, now(), ${type}, ${JSON.stringify(data)}::jsonb from numbered
    ),
    outbox as (${outboxOf(type)})
    select pg_notify(${runEventsChannel}, id) from numbered`);
  return rowCount ?? 0;
};
