import { join } from "node:path";
import { runApart } from "../measure/apart.ts";
import { p99 } from "../measure/statistics.ts";
import { fromRepeats, type Measured } from "../results/result.ts";
import type { Visitor } from "./load/console-calls.ts";
import type { ConsoleLoad } from "./load/console-load.ts";
import type { Setting } from "./setting.ts";

const load = join(import.meta.dirname, "load", "console-load.ts");

/** Calls of consoles while all runs wait: the p99 of each window. */
export const measureConsole = async (
  { host, sizes, signal }: Setting,
  visitors: Visitor[],
): Promise<{ measured: Measured[] }> => {
  const input: ConsoleLoad = { url: host.url, visitors, ...sizes.console };
  const windows = await runApart<number[][]>(load, input, signal);
  const measured = fromRepeats(windows.map(p99), {
    name: `API at ${sizes.console.requestsPerSecond} requests/s, p99`,
    unit: "ms",
    target: { atMost: 50 },
    needs: ["postgres-inserts", "json-parse"],
  });
  return { measured: [measured] };
};
