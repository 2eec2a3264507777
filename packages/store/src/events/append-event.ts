import { eq, sql } from "drizzle-orm";
import { runEvents, runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { type NewRunEvent, runEventSchema } from "./run-event.ts";

/** The channel that tells watchers the id of a run with a new event. */
export const runEventsChannel = "run_events";

/**
 * Adds an event to a run. Its number is the run's last one plus one, taken under the row's lock until the
 * transaction ends: events become visible in their order, so no watcher can skip one.
 *
 * @throws ZodError when the event is not one of {@link runEventSchema}: a fault of the caller
 */
export const appendEvent = async (tx: Transaction, runId: string, event: NewRunEvent): Promise<void> => {
  const [numbered] = await tx
    .update(runs)
    .set({ eventSeq: sql`${runs.eventSeq} + 1` })
    .where(eq(runs.id, runId))
    .returning({ seq: runs.eventSeq, attempt: runs.attempt, at: sql<string>`now()` });
  if (!numbered) throw new Error(`Run ${runId} is gone while its event ${event.type} is written`);
  const { seq, attempt, at, type, data } = runEventSchema.parse({
    ...numbered,
    ...event,
    at: new Date(numbered.at),
  });
  await tx.insert(runEvents).values({ runId, seq, attempt, at, type, data });
  await tx.execute(sql`select pg_notify(${runEventsChannel}, ${runId})`);
};
