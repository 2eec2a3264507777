import { join } from "node:path";
import { runApart } from "../measure/apart.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import type { Visitor } from "./load/console-calls.ts";
import type { Enqueued, EnqueueLoad } from "./load/enqueue-load.ts";
import type { Person } from "./people.ts";
import { queuedRuns } from "./queued-runs.ts";
import type { Setting } from "./setting.ts";

const load = join(import.meta.dirname, "load", "enqueue-load.ts");

/** Queues everybody's runs, window after window. @returns also the runs, which wait from now on */
export const measureEnqueue = async (
  { host, sizes, signal }: Setting,
  persons: Person[],
): Promise<{ measured: Measured[]; started: Visitor[] }> => {
  const { windows, atOnce } = sizes.enqueue;
  const runs = queuedRuns(persons, sizes.people);
  const width = Math.ceil(runs.length / windows);
  const cut = Array.from({ length: windows }, (_, window) =>
    runs.slice(window * width, (window + 1) * width),
  );
  const input: EnqueueLoad = { url: host.url, windows: cut, atOnce };
  const { milliseconds, started } = await runApart<Enqueued>(load, input, signal);
  const rates = cut.map(({ length }, window) => (length / (milliseconds[window] ?? Number.NaN)) * 1000);
  const measured = fromRepeats(rates, {
    name: `enqueue of ${runs.length} runs of ${persons.length} users`,
    unit: "runs/s",
    target: { atLeast: 500 },
    needs: ["postgres-inserts", "json-parse"],
  });
  return { measured: [measured], started };
};
