import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, gt, lt, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { Answer } from "../gather.ts";
import type { Executor, Store } from "../store.ts";
import { workers } from "../tables/index.ts";
import type { WorkerRole } from "../tables/workers.ts";

/** A worker as it is stored. */
export type Worker = typeof workers.$inferSelect;
export type NewWorker = Omit<typeof workers.$inferInsert, "startedAt" | "heartbeatAt" | "drainRequested">;
/** What changes while a worker lives. */
export type WorkerChange = Partial<
  Pick<
    Worker,
    | "state"
    | "slots"
    | "freeMemoryBytes"
    | "tokensPerSecond"
    | "device"
    | "engineKey"
    | "nextEngineKey"
    | "bases"
    | "objectFailures"
    | "objectRetries"
  >
>;

/** Three heartbeats missed. */
const liveSeconds = 30;
/** One that stopped without saying so is kept so long for people to see. */
const keepHours = 24;

/** Makes a worker known to the hosts, in the place of an earlier one of the same id. */
export const registerWorker = async (store: Store, worker: NewWorker): Promise<void> => {
  const fresh = { ...worker, startedAt: sql`now()`, heartbeatAt: sql`now()` };
  await store.db.insert(workers).values(fresh).onConflictDoUpdate({ target: workers.id, set: fresh });
};

/** Forgets workers that were not heard of for long. @returns how many */
export const sweepWorkers = async ({ db }: Store): Promise<number> => {
  const isGone = lt(workers.heartbeatAt, sql`now() - make_interval(hours => ${keepHours})`);
  return (await db.delete(workers).where(isGone).returning({ id: workers.id })).length;
};

/** A sign of life, answered with what is wished of the worker; undefined: it is not known and has to register again. */
export const heartbeatWorker = async (
  store: Store,
  id: string,
  change: WorkerChange = {},
): Promise<Pick<Worker, "drainRequested"> | undefined> => {
  const [known] = await store.db
    .update(workers)
    .set({ ...change, heartbeatAt: sql`now()` })
    .where(eq(workers.id, id))
    .returning({ drainRequested: workers.drainRequested });
  return known;
};

/**
 * Wishes that a live worker takes nothing new and hands back what it has, or that it works again. The worker follows
 * with its next heartbeat.
 *
 * @throws LoraloomError `worker_not_found`
 */
export const requestDrain = async (store: Store, id: string, drainRequested: boolean): Promise<Worker> => {
  const [worker] = await store.db
    .update(workers)
    .set({ drainRequested })
    .where(and(eq(workers.id, id), isLive))
    .returning();
  if (!worker)
    throw new LoraloomError("worker_not_found", `No live worker '${id}'.`, { details: { workerId: id } });
  return worker;
};

/** A worker that stops takes its leave. */
export const removeWorker = async (store: Store, id: string): Promise<void> => {
  await store.db.delete(workers).where(eq(workers.id, id));
};

/** Workers heard of within 30 s, in any state, those of one engine key or role where that is given. */
export const listLiveWorkers = async (
  store: Pick<Store, "workerReads">,
  { engineKey, role }: { engineKey?: string | undefined; role?: WorkerRole | undefined } = {},
): Promise<Worker[]> => {
  const workers = await store.workerReads("workers", undefined);
  return workers.filter(
    (worker) => (!engineKey || worker.engineKey === engineKey) && (!role || worker.roles.includes(role)),
  );
};

/** The same as a transaction sees them. */
export const readLiveWorkers = (db: Pick<Executor, "$client">): Promise<Worker[]> =>
  liveWorkers(db).execute();

/** The same for all who ask at once. */
export const readLiveTogether = async (
  db: Pick<Executor, "$client">,
  askers: unknown[],
): Promise<Answer<Worker[]>[]> => {
  const live = await readLiveWorkers(db);
  return askers.map(() => () => live);
};

export const isLive = gt(workers.heartbeatAt, sql`now() - make_interval(secs => ${liveSeconds})`);

const liveWorkers = preparedQuery((db) =>
  db
    .select()
    .from(workers)
    .where(isLive)
    .orderBy(asc(workers.startedAt), asc(workers.id))
    .prepare("live-workers"),
);
