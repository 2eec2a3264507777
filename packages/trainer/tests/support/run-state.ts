import type { Store } from "@loraloom/store";
import { type RunEvent, readEvents } from "@loraloom/store/events";
import { listObjects } from "@loraloom/store/objects";
import {
  getRun,
  isTerminal,
  type Metric,
  type Run,
  sampleMetrics,
  sweepSupersededObjects,
} from "@loraloom/store/runs";
import { endPause } from "@loraloom/store/testing";
import { expect, vi } from "vitest";

const patience = { timeout: 200_000, interval: 50 };

/** Waits for the run's end, whatever it is; it doesn't pause after a fault. */
export const endOf = (store: Store, run: Run): Promise<Run> =>
  vi.waitFor(async () => {
    await endPause(store, run.id);
    return inState(store, run, ({ status }) => isTerminal(status));
  }, patience);

/** Waits until the run is as described. */
export const whenRun = (store: Store, run: Run, holds: (run: Run) => boolean): Promise<Run> =>
  vi.waitFor(() => inState(store, run, holds), patience);

const inState = async (store: Store, { id, ...scope }: Run, holds: (run: Run) => boolean): Promise<Run> => {
  const run = await getRun(store, scope, id);
  if (!holds(run))
    throw new Error(`run ${id} is ${run.status} (attempt ${run.attempt}, step ${run.progress?.step})`);
  return run;
};

/** As soon as the run is back in the queue nobody takes it, until somebody waits for its end. */
export const holdBack = (store: Store, run: Run): Promise<Run> =>
  vi.waitFor(
    async () => {
      const later =
        "update runs set not_before = now() + interval '1 hour' where id = $1 and status = 'queued'";
      expect((await store.pool.query(later, [run.id])).rowCount).toBe(1);
      return getRun(store, run, run.id);
    },
    { timeout: 100_000, interval: 5 },
  );

/** All events of a run so far. */
export const eventsOf = (store: Store, { id }: Run): Promise<RunEvent[]> =>
  readEvents(store, id, { after: 0, limit: 10_000 });

/** What a run's steps and evaluations told, in their order. */
export const metricsOf = async (store: Store, { id }: Run): Promise<Record<Metric["split"], Metric[]>> => {
  const metrics = await sampleMetrics(store, id, { from: 0, to: 10_000, points: 10_000 });
  return {
    train: metrics.filter(({ split }) => split === "train"),
    held_out: metrics.filter(({ split }) => split === "held_out"),
  };
};

/** The keys of all objects of a run's or a version's folder. */
export const keysBelow = async (store: Store, part: string): Promise<string[]> => {
  const keys = await Array.fromAsync(listObjects(store.objects, "users/"), ({ key }) => key);
  return keys.filter((key) => key.includes(part));
};

/** What an ended run keeps of its attempts. */
const frozenRows = /\/(dataset\.json|rows\.jsonl\.gz|evaluation\.jsonl\.gz)$/;

/** The objects of an ended run's attempts that a sweep leaves, its frozen rows aside. */
export const leftOver = async (store: Store, { id }: Run): Promise<string[]> => {
  await sweepSupersededObjects(store);
  return (await keysBelow(store, `/runs/${id}/attempts/`)).filter((key) => !frozenRows.test(key));
};
