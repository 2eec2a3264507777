import type { Settings } from "../settings.ts";
import { startService } from "../start-service.ts";
import { printSummary } from "./summary.ts";

/** `npm start`: everything, until a signal comes. */
export const start = async (settings: Settings, signal: AbortSignal): Promise<void> => {
  await using service = await startService(settings, { report: console.log, signal });
  printSummary(service.plan, settings);
  await untilAborted(signal);
  console.log("Stopping …");
};

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
