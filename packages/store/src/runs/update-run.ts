import { sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { ofScope, runNotFound } from "./read-runs.ts";
import { isTerminal, type Run, sweepSoon } from "./run.ts";
import { requestTidying } from "./tidy-run.ts";

/** What may be changed of a run after its start: how people find it, and nothing that its result depends on. */
export type RunLabels = { name?: string | null | undefined; tags?: string[] | undefined };

/**
 * Names a run otherwise, or tags it anew; what is left out stays. What it left to read in the object store follows.
 *
 * @throws LoraloomError `run_not_found`
 */
export const updateRun = async (
  store: Store,
  scope: AvatarScope,
  { runId, name, tags }: RunLabels & { runId: string },
): Promise<Run> => {
  const run = await store.db.transaction(async (tx) => {
    const [locked] = await tx.select().from(runs).where(ofScope(scope, runId)).for("update");
    if (!locked) throw runNotFound(runId);
    const [updated] = await tx
      .update(runs)
      // An ended run has been written down; the row is, so that the update is never empty.
      .set({ name, tags, eventSeq: sql`event_seq`, ...(isTerminal(locked.status) && sweepSoon) })
      .where(ofScope(scope, runId))
      .returning();
    return updated ?? locked;
  });
  requestTidying(store, run);
  return run;
};
