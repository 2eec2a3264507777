import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "../results/figure.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import { fairnessWhileAllWait, type ServedRun } from "./fairness.ts";
import { startFixtureWorker } from "./fixture-worker.ts";
import { openTables, type Tables } from "./read-tables.ts";
import { queueBase, type Setting } from "./setting.ts";

/** Enough that both engines always have something to train: a user is billed by what of the device was his. */
const slots = 32;
const pollMilliseconds = 250;
/** What is left then was not claimed, which is told. */
const mostMilliseconds = 40 * 60_000;

export type Drained = { measured: Measured[]; figures: Figure[] };

/** Workers train all runs that wait; the tables tell how often each was claimed, and who was served when. */
export const measureDrain = async (setting: Setting): Promise<Drained> => {
  await using tables = await openTables(setting.host);
  const before = await tables.countRuns(queueBase, ["queued"]);
  await drain(setting, tables);
  const served = await tables.servedRuns(queueBase);
  const users = new Set(served.map(({ user }) => user)).size;
  return {
    measured: [
      fromRepeats([await tables.countOddClaims(queueBase)], {
        name: `runs of ${before} not claimed exactly once`,
        unit: "runs",
        target: { atMost: 0 },
      }),
      fromRepeats([fairnessWhileAllWait(served)], {
        name: `fairness index of the service that ${users} users attained`,
        unit: "",
        target: { atLeast: 0.95 },
      }),
    ],
    figures: [rateOf(served)],
  };
};

const drain = async ({ services, host, sizes, signal }: Setting, tables: Tables): Promise<void> => {
  const { workers, stepMilliseconds } = sizes.drain;
  await using started = new AsyncDisposableStack();
  for (let worker = 0; worker < workers; worker += 1)
    started.use(await startFixtureWorker(services, host, { stepMilliseconds, slots }));
  const end = performance.now() + mostMilliseconds;
  while (performance.now() < end && (await tables.countRuns(queueBase, unended)) > 0)
    await sleep(pollMilliseconds, undefined, { signal });
};

const unended = ["queued", "preparing", "training", "exporting"];

const rateOf = (served: readonly ServedRun[]): Figure => {
  const first = Math.min(...served.map(({ claimed }) => claimed));
  const last = Math.max(...served.map(({ ended }) => ended));
  const value = (served.length / (last - first)) * 1000;
  return { name: "runs from claim to version", value, unit: "1/s", spread: [value, value] };
};
