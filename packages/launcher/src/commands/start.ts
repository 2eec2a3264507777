import type { Settings } from "../settings.ts";
import { startService } from "../start-service.ts";
import { printSummary } from "./summary.ts";
import { type StopSignals, untilStopped } from "./until-stopped.ts";

/** `npm start`: everything, until a signal comes. */
export const start = async (settings: Settings, { stop, stopNow }: StopSignals): Promise<void> => {
  await using service = await startService(settings, { report: console.log, signal: stop, stopNow });
  printSummary(service.plan, settings);
  await untilStopped(stop);
};
