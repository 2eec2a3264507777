import { eq } from "drizzle-orm";
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
  const left = await readLeft(store, scope, runId);
  if (await store.db.transaction((tx) => insertRun(tx, record, left))) outcome.runs += 1;
};

type Left = { metrics: ReturnType<typeof readMetrics>; events: ReturnType<typeof readLog> };

const readLeft = async (store: Store, scope: AvatarScope, runId: string): Promise<Left> => {
  const keys = adapterKeys(scope);
  const [metrics, log] = [
    await textOf(store, keys.runMetrics(runId)),
    await textOf(store, keys.runLog(runId)),
  ];
  return { metrics: readMetrics(metrics), events: readLog(log) };
};

const textOf = async ({ objects }: Store, key: string): Promise<string> => {
  const object = await getObject(objects, { key });
  return Buffer.from((await object?.bytes()) ?? []).toString("utf8");
};

const insertRun = async (tx: Transaction, record: RunRecord, { metrics, events }: Left): Promise<boolean> => {
  const { version: versionId, ...run } = record;
  // It was deleted, and its objects are still on their way out.
  if (await isStaged(tx, adapterKeys(run).runPrefix(run.id))) return false;
  const inserted = await tx
    .insert(runs)
    .values({ ...run, versionId, eventSeq: events.length })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  if (inserted.length === 0) return false;
  const { id: runId, attempt } = record;
  for (const some of batches(metrics))
    await tx.insert(runMetrics).values(some.map((metric) => ({ runId, attempt, ...toMetricRow(metric) })));
  for (const some of batches(events))
    await tx.insert(runEvents).values(some.map((event) => ({ runId, ...event })));
  return true;
};

const batches = <Item>(items: Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / batch) }, (_, at) =>
    items.slice(at * batch, (at + 1) * batch),
  );
