import { LoraloomError } from "@loraloom/errors";
import { eq, inArray } from "drizzle-orm";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { releasePrefix, requestPrefixSweep } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { runEvents, runMetrics, runs, versions } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { ofScope, runNotFound } from "./read-runs.ts";
import { isTerminal, type Run } from "./run.ts";

/**
 * Deletes an ended run: its row, its events and its figures in one transaction, then its frozen rows, its log and
 * whatever else lies in its folder. A side job carries that to its end. The version that it made stays.
 *
 * @throws LoraloomError `run_not_found`, `run_not_ended`
 */
export const deleteRun = async (store: Store, scope: AvatarScope, runId: string): Promise<void> => {
  const prefixes = await store.db.transaction(async (tx) => {
    const [run] = await tx.select().from(runs).where(ofScope(scope, runId)).for("update");
    if (!run) throw runNotFound(runId);
    if (!isTerminal(run.status)) throw notEnded(run);
    const left = await prefixesOf(tx, run);
    for (const prefix of left) await releasePrefix(tx, prefix);
    await tx.delete(runEvents).where(eq(runEvents.runId, runId));
    await tx.delete(runMetrics).where(eq(runMetrics.runId, runId));
    await tx.delete(runs).where(eq(runs.id, runId));
    return left;
  });
  for (const prefix of prefixes) requestPrefixSweep(store, prefix);
};

/** Its folder, and those of versions that it gave up and that are not swept yet. */
const prefixesOf = async (tx: Transaction, run: Run): Promise<string[]> => {
  const keys = adapterKeys(run);
  const published = await tx
    .select({ id: versions.id })
    .from(versions)
    .where(inArray(versions.id, run.abandonedVersions));
  const kept = new Set(published.map(({ id }) => id));
  const givenUp = new Set(run.abandonedVersions.filter((id) => !kept.has(id)));
  return [keys.runPrefix(run.id), ...[...givenUp].map(keys.versionPrefix)];
};

const notEnded = ({ id, status }: Run): LoraloomError =>
  new LoraloomError("run_not_ended", `Run '${id}' is ${status}: only a run that has ended can be deleted.`, {
    details: { runId: id, status },
  });
