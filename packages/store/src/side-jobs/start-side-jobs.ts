import { type Job, type JobResult, PgBoss } from "pg-boss";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { sweepExpiredLeases } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { type DueJob, findDueWork } from "./due-work.ts";
import { batchesAtOnce, type QueueName, queueNames, queues, type SideJobOptions } from "./queues.ts";
import { repeat } from "./repeat.ts";

/** Well below a lease, so that a run is never stuck for two of them. */
const leaseSweepMilliseconds = 3_000;
/** Projections are to be at most seconds behind. */
const dueWorkMilliseconds = 3_000;
const everyMinute = "* * * * *";
const stopMilliseconds = 10_000;
/** How often the queue looks for jobs whose process is gone. */
const deadJobSeconds = 10;

/** One job a key at a time. A job that fails comes again, ever more slowly up to a minute. */
const queueOptions = {
  policy: "exclusive",
  retryLimit: 30,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 300,
  // With the looks for those that stand still, the job of a process that was killed is taken up within 40 s.
  heartbeatSeconds: 30,
  deleteAfterSeconds: 3600,
} as const;

/**
 * Carries to its end what requests began and left: uploads, deletions, inspections, projections; takes
 * back runs whose lease ran out; sweeps. The tables say what is due, so that a job lost is no harm.
 * Any number of processes may do so side by side.
 *
 * @throws LoraloomError `database_unavailable`
 * @example await using jobs = await startSideJobs(store, { inspect });
 */
export const startSideJobs = async (store: Store, options: SideJobOptions): Promise<AsyncDisposable> => {
  await using started = new AsyncDisposableStack();
  const boss = createBoss(store);
  started.defer(() => boss.stop({ graceful: true, timeout: stopMilliseconds }));
  // On an empty database it makes its tables, and of two processes at once one would fail.
  await withAdvisoryLock(store, "side-jobs", () => boss.start());
  for (const queue of queueNames) await serve(boss, queue, logged(store, queue, options));
  await boss.schedule("sweep", everyMinute, {}, { singletonKey: "sweep" });
  await sendJob(boss, { queue: "sweep", data: {} });
  started.use(
    repeat(store.log, {
      name: "the sweep of expired leases",
      milliseconds: leaseSweepMilliseconds,
      work: () => sweepExpiredLeases(store),
    }),
  );
  started.use(
    repeat(store.log, {
      name: "the look for due work",
      milliseconds: dueWorkMilliseconds,
      work: async () => {
        for (const job of await findDueWork(store, options)) await sendJob(boss, job);
      },
    }),
  );
  const running = started.move();
  return { [Symbol.asyncDispose]: () => running.disposeAsync() };
};

/** On the store's own pool: no second set of connections. */
const createBoss = (store: Store): PgBoss => {
  const boss = new PgBoss({
    schema: "pgboss",
    superviseIntervalSeconds: deadJobSeconds,
    monitorIntervalSeconds: deadJobSeconds,
    db: { executeSql: (text, values) => store.pool.query(text, values) },
  });
  boss.on("error", (error) => store.log.warn({ error }, "the side jobs' queue reports an error"));
  return boss;
};

/** The queue keeps a failure to itself and takes the job up again. */
const logged =
  (store: Store, queue: QueueName, options: SideJobOptions) =>
  (data: unknown): Promise<unknown> =>
    queues[queue](store, data, options).catch((error: unknown) => {
      store.log.warn({ error, queue, data }, "a side job failed and is repeated");
      throw error;
    });

/** Thousands of files may wait: while a batch comes back full the next one follows at once. A large file takes a while. */
const workOptions = {
  pollingIntervalSeconds: 1,
  batchSize: 5,
  burstWhenBatchFull: true,
  perJobResults: true,
} as const;

const serve = async (
  boss: PgBoss,
  queue: QueueName,
  handle: (data: unknown) => Promise<unknown>,
): Promise<void> => {
  await boss.createQueue(queue, queueOptions);
  const work = async ({ id, data }: Job<unknown>): Promise<JobResult> => ({
    id,
    status: await outcomeOf(handle(data)),
  });
  const localConcurrency = batchesAtOnce[queue];
  if (localConcurrency === undefined) await boss.work(queue, workOptions, (jobs) => inTurn(jobs, work));
  else await boss.work(queue, { ...workOptions, localConcurrency }, (jobs) => Promise.all(jobs.map(work)));
};

const inTurn = async (
  jobs: Job<unknown>[],
  work: (job: Job<unknown>) => Promise<JobResult>,
): Promise<JobResult[]> => {
  const results: JobResult[] = [];
  for (const job of jobs) results.push(await work(job));
  return results;
};

/** Of each job its own, so that one that fails doesn't bring the others of its batch again. */
const outcomeOf = (work: Promise<unknown>): Promise<"completed" | "failed"> =>
  work.then(
    () => "completed",
    () => "failed",
  );

const sendJob = (boss: PgBoss, { queue, data }: DueJob): Promise<string | null> =>
  boss.send(queue, data, { singletonKey: Object.values(data).join("/") || queue });
