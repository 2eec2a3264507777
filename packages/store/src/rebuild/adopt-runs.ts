import { eq, sql } from "drizzle-orm";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import { getObject, listFolders } from "../objects/index.ts";
import { readLog, readMetrics } from "../runs/leavings.ts";
import { toMetricRow } from "../runs/metric.ts";
import { type RunRecord, readRunRecord } from "../runs/run-record.ts";
import { isStaged } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { runEvents, runMetrics, runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { noteDamaged } from "./outcome.ts";
import type { Rebuild } from "./rebuild.ts";

/** Rows of one insert. */
const batch = 1000;

/** The records of ended runs that the table doesn't have, with their metrics and their events. */
export const adoptRuns = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  for await (const runId of listFolders(work.store.objects, adapterKeys(scope).runsPrefix))
    await adoptRun(work, scope, runId);
};

const adoptRun = async (work: Rebuild, scope: AvatarScope, runId: string): Promise<void> => {
  const { store, outcome } = work;
  if ((await store.db.$count(runs, eq(runs.id, runId))) > 0) return;
  const record = await readRunRecord(store, scope, runId);
  // A run leaves its record when it ends.
  if (record === "missing") return;
  const key = adapterKeys(scope).runRecord(runId);
  if (record === "damaged") return noteDamaged(outcome, { key, reason: "is not the record of this run" });
  if (await store.db.transaction((tx) => insertRun(store, tx, record))) outcome.runs += 1;
};

const insertRun = async (store: Store, tx: Transaction, record: RunRecord): Promise<boolean> => {
  const { version: versionId, ...run } = record;
  // It was deleted, and its objects are still on their way out.
  if (await isStaged(tx, adapterKeys(run).runPrefix(run.id))) return false;
  const inserted = await tx
    .insert(runs)
    .values({ ...run, versionId })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  if (inserted.length === 0) return false;
  // The rows are new and in nobody's way while the object store is slow.
  await tx.execute(sql`set local idle_in_transaction_session_timeout = '60s'`);
  await insertMetrics(store, tx, record);
  await insertEvents(store, tx, record);
  return true;
};

const insertMetrics = async (store: Store, tx: Transaction, record: RunRecord): Promise<void> => {
  const { id: runId, attempt } = record;
  const text = piecesOf(store, adapterKeys(record).runMetrics(runId));
  for await (const metrics of batches(readMetrics(text)))
    await tx.insert(runMetrics).values(metrics.map((metric) => ({ runId, attempt, ...toMetricRow(metric) })));
};

/** None where a line is none of ours, for a watcher must not miss one. */
const insertEvents = async (store: Store, tx: Transaction, record: RunRecord): Promise<void> => {
  const { id: runId } = record;
  let eventSeq = 0;
  for await (const events of batches(readLog(piecesOf(store, adapterKeys(record).runLog(runId))))) {
    const known = events.filter((event) => event !== undefined);
    if (known.length < events.length) {
      await tx.delete(runEvents).where(eq(runEvents.runId, runId));
      return;
    }
    await tx.insert(runEvents).values(known.map((event) => ({ runId, ...event })));
    eventSeq += known.length;
  }
  await tx.update(runs).set({ eventSeq }).where(eq(runs.id, runId));
};

async function* piecesOf({ objects }: Store, key: string): AsyncGenerator<Uint8Array> {
  const object = await getObject(objects, { key });
  if (object) yield* object.stream;
}

async function* batches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let some: Item[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length < batch) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
