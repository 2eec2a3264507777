/** Queues runs, so many at once. Answers with the milliseconds of each window, and the runs. */
import { workApart } from "../../measure/apart.ts";
import { timed, timeEach } from "../../measure/at-once.ts";
import type { QueuedRun } from "../queued-runs.ts";
import type { Visitor } from "./console-calls.ts";
import { openApi } from "./open-api.ts";

export type EnqueueLoad = { url: string; windows: QueuedRun[][]; atOnce: number };
export type Enqueued = { milliseconds: number[]; started: Visitor[] };

const enqueueAll = async ({ url, windows, atOnce }: EnqueueLoad): Promise<Enqueued> => {
  const api = openApi(url);
  const milliseconds: number[] = [];
  const started: Visitor[] = [];
  for (const runs of windows) {
    const start = async (index: number) => {
      const { key, options } = runs[index] ?? { key: "", options: {} };
      started.push({ key, runId: await api.start(key, options) });
    };
    milliseconds.push(await timed(() => timeEach({ times: runs.length, atOnce }, start)));
  }
  return { milliseconds, started };
};

await workApart(enqueueAll);
