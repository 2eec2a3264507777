import type { Store } from "@loraloom/store";
import { readServiceFigures, type ServiceFigures } from "@loraloom/store/figures";
import { Counter, Gauge, type Registry } from "prom-client";

/** Brings the figures of the whole service up to date, which are the same at each host. */
export type ServiceMeter = {
  read: (store: Store) => Promise<void>;
  /** The database can't be asked: the last figures are not told as if they were today's. */
  forget: () => void;
};

export const measureService = (registry: Registry): ServiceMeter => {
  const gauges = createGauges(registry);
  const forget = (): void => {
    for (const gauge of Object.values(gauges)) gauge.reset();
    gauges.databaseUp.set(0);
  };
  return {
    read: async (store) => {
      const figures = await readServiceFigures(store);
      forget();
      gauges.databaseUp.set(1);
      showQueues(gauges, figures);
      showRuns(gauges, figures);
      showWorkers(gauges, figures);
    },
    forget,
  };
};

type Gauges = ReturnType<typeof createGauges>;

const createGauges = (registry: Registry) => {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: `loraloom_${name}`, help, labelNames, registers: [registry] });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `loraloom_${name}`, help, labelNames, registers: [registry] });
  return {
    databaseUp: gauge("database_up", "1: the database answered this scrape", []),
    queued: gauge(
      "queued_runs",
      "Runs that wait, by base; ready: for a worker, held: by a limit, paused: after a fault",
      ["engine_key", "state"],
    ),
    oldest: gauge("queue_oldest_wait_seconds", "How long the oldest run of a base has waited for a worker", [
      "engine_key",
    ]),
    median: gauge(
      "queue_median_wait_seconds",
      "How long half of the runs of a base that wait for a worker have waited",
      ["engine_key"],
    ),
    active: gauge("active_runs", "Runs that a worker holds", ["status"]),
    ended: gauge(
      "ended_runs_last_hour",
      "Runs that ended within the last hour; fault: whose, of failed ones",
      ["status", "fault"],
    ),
    workers: gauge("workers", "Live workers", ["engine_key", "state"]),
    slots: gauge("worker_slots", "Runs that a worker trains at once", ["worker", "engine_key"]),
    slotsUsed: gauge("worker_slots_used", "Runs that a worker holds", ["worker", "engine_key"]),
    freeMemory: gauge("worker_free_memory_bytes", "Free memory of a worker's device", [
      "worker",
      "engine_key",
    ]),
    tokens: gauge("worker_tokens_per_second", "Tokens that a worker trains on in a second", [
      "worker",
      "engine_key",
    ]),
    objectFailures: counter(
      "worker_s3_failures_total",
      "Requests of a worker to the object store that failed, with all their repeats",
      ["worker", "engine_key"],
    ),
    objectRetries: counter(
      "worker_s3_retries_total",
      "Requests of a worker to the object store that were sent again",
      ["worker", "engine_key"],
    ),
  };
};

const showQueues = ({ queued, oldest, median }: Gauges, { queues }: ServiceFigures): void => {
  for (const { engineKey: engine_key, runs, held, paused, oldestSeconds, medianSeconds } of queues) {
    queued.set({ engine_key, state: "ready" }, runs - held - paused);
    queued.set({ engine_key, state: "held" }, held);
    queued.set({ engine_key, state: "paused" }, paused);
    oldest.set({ engine_key }, oldestSeconds);
    median.set({ engine_key }, medianSeconds);
  }
};

const showRuns = (gauges: Gauges, { active, ended }: ServiceFigures): void => {
  for (const { status, runs } of active) gauges.active.set({ status }, runs);
  for (const { status, fault, runs } of ended) gauges.ended.set({ status, fault }, runs);
};

const showWorkers = (gauges: Gauges, { workers }: ServiceFigures): void => {
  for (const { id: worker, engineKey: engine_key, ...figures } of workers) {
    gauges.workers.inc({ engine_key, state: figures.state });
    gauges.slots.set({ worker, engine_key }, figures.slots);
    gauges.slotsUsed.set({ worker, engine_key }, figures.slotsUsed);
    if (figures.freeMemoryBytes !== null)
      gauges.freeMemory.set({ worker, engine_key }, figures.freeMemoryBytes);
    gauges.tokens.set({ worker, engine_key }, figures.tokensPerSecond ?? 0);
    // Counted by the worker itself: what is told here is where its counts stand.
    gauges.objectFailures.inc({ worker, engine_key }, figures.objectFailures ?? 0);
    gauges.objectRetries.inc({ worker, engine_key }, figures.objectRetries ?? 0);
  }
};
