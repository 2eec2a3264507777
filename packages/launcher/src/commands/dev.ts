import { join } from "node:path";
import type { Settings } from "../settings.ts";
import { startService } from "../start-service.ts";
import { watchFolders } from "../watch-folders.ts";
import { untilAborted } from "./start.ts";
import { printSummary } from "./summary.ts";

/** Node restarts the host when a file that it imports changes, in our packages too. */
const hostOptions = ["--watch", "--watch-preserve-output"];

/** `npm run dev`: as start; host and worker each start again when their own code changes. */
export const dev = async (settings: Settings, signal: AbortSignal): Promise<void> => {
  await using service = await startService(settings, {
    report: console.log,
    signal,
    nodeOptions: hostOptions,
  });
  const trainer = join(settings.repositoryRoot, "packages", "trainer");
  const folders = [join(trainer, "src"), join(trainer, "python", "loraloom_engine")];
  using _watching = watchFolders(folders, service.restartWorker);
  printSummary(service.plan, settings);
  await untilAborted(signal);
  console.log("Stopping …");
};
