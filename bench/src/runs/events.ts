import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runApart } from "../measure/apart.ts";
import { watchMemory } from "../measure/memory.ts";
import { p99 } from "../measure/statistics.ts";
import { fromRepeats, type Measured, mostOf } from "../results/result.ts";
import { startFixtureWorker } from "./fixture-worker.ts";
import type { Visitor } from "./load/console-calls.ts";
import { openApi } from "./load/open-api.ts";
import type { Watched, WatchLoad } from "./load/watch-load.ts";
import { openUsers } from "./people.ts";
import { openTables, type Tables } from "./read-tables.ts";
import type { Setting } from "./setting.ts";

const load = join(import.meta.dirname, "load", "watch-load.ts");
/** Of an engine of its own, so that the runs that wait go on waiting. */
const baseModel = "bench/watched";
/** Nobody sees their end. */
const steps = 100_000;
const megabyte = 1_000_000;
const pollMilliseconds = 100;

/**
 * How late events come to those who watch: with one watcher for each run that trains, and with many; and what the host
 * takes of memory meanwhile.
 */
export const measureEvents = async (setting: Setting): Promise<{ measured: Measured[] }> => {
  const { services, host, sizes } = setting;
  const { runs, watchers, stepMilliseconds } = sizes.events;
  const people = await openUsers(host.connect(), "watched", runs);
  await using _worker = await startFixtureWorker(services, host, {
    stepMilliseconds,
    slots: runs,
    baseModel,
  });
  const api = openApi(host.url);
  const options = { baseModel, hyperparameters: { maxSteps: steps } };
  const training = await Promise.all(
    people.map(async ({ key }) => ({ key, runId: await api.start(key, options) })),
  );
  await using tables = await openTables(host);
  await untilTraining(tables, runs);
  const few = await watchFor(setting, { tables, watched: training });
  const memory = watchMemory(host.pid);
  const many = await watchFor(setting, { tables, watched: repeated(training, watchers) });
  const resident = await memory.stop();
  return {
    measured: [
      deliveryOf(few, { name: `delivery of events of ${runs} runs, p99`, target: { atMost: 100 } }),
      deliveryOf(many, { name: `delivery of events to ${watchers} watchers, p99`, target: { atMost: 250 } }),
      mostOf(
        resident.map((bytes) => bytes / megabyte),
        { name: `memory of a host with ${watchers} watchers`, unit: "MB", target: { atMost: 300 } },
      ),
    ],
  };
};

const deliveryOf = (windows: number[][], about: Pick<Measured, "name" | "target">): Measured =>
  fromRepeats(windows.map(p99), { ...about, unit: "ms", needs: ["postgres-inserts", "json-parse"] });

/** Watchers of the same run where there are more of them than runs. */
const repeated = (training: readonly Visitor[], watchers: number): Visitor[] =>
  Array.from({ length: watchers }, (_, index) => training[index % training.length] as Visitor);

const untilTraining = async (tables: Tables, runs: number): Promise<void> => {
  while ((await tables.countRuns(baseModel, ["training"])) < runs) await sleep(pollMilliseconds);
};

/**
 * @returns of each window how late each event came to each watcher
 * @throws Error where one came not at all
 */
const watchFor = async (
  { host, sizes, signal }: Setting,
  { tables, watched }: { tables: Tables; watched: Visitor[] },
): Promise<number[][]> => {
  const { windows, seconds, runs } = sizes.events;
  const input: WatchLoad = { url: host.url, watched, windows, seconds };
  const received = await runApart<Watched>(load, input, signal);
  const written = await tables.countEvents(baseModel, received.begun, windows * seconds * 1000);
  const expected = (written * watched.length) / runs;
  const came = received.windows.flat().length;
  if (came !== expected) throw new Error(`Of ${expected} events ${came} came to their watchers.`);
  return received.windows;
};
