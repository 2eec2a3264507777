import { and, asc, eq, gt } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runEvents } from "../tables/index.ts";
import { type RunEvent, runEventSchema } from "./run-event.ts";

/** The events of a run with a number above `after` (0: from the first), at most `limit`, in their order. */
export const readEvents = async (
  store: Store,
  runId: string,
  { after, limit }: { after: number; limit: number },
): Promise<RunEvent[]> => {
  const rows = await store.db
    .select({
      seq: runEvents.seq,
      at: runEvents.at,
      attempt: runEvents.attempt,
      type: runEvents.type,
      data: runEvents.data,
    })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), gt(runEvents.seq, after)))
    .orderBy(asc(runEvents.seq))
    .limit(limit);
  return rows.map((row) => runEventSchema.parse(row));
};
