import { join } from "node:path";
import { dataFolder } from "../data-folder.ts";
import type { Settings } from "../settings.ts";
import { startService } from "../start-service.ts";
import { watchFolders } from "../watch-folders.ts";
import { printSummary } from "./summary.ts";
import { type StopSignals, untilStopped } from "./until-stopped.ts";

/** Node restarts the host when a file that it imports changes, in our packages too. */
const hostOptions = ["--watch", "--watch-preserve-output"];

/**
 * An engine is up again in a second when it is forked from an interpreter that has imported torch, a host when
 * its code is compiled already.
 */
const withQuickRestarts = (settings: Settings): Settings => ({
  ...settings,
  environment: {
    LORALOOM_ENGINE_SPARE: "true",
    NODE_COMPILE_CACHE: dataFolder(settings.dataDir).compileCache,
    ...settings.environment,
  },
});

/** `npm run dev`: as start; host, worker and engine each start again when their own code changes. */
export const dev = async (settings: Settings, { stop, stopNow }: StopSignals): Promise<void> => {
  await using service = await startService(withQuickRestarts(settings), {
    report: console.log,
    signal: stop,
    stopNow,
    nodeOptions: hostOptions,
  });
  const trainer = join(settings.repositoryRoot, "packages", "trainer");
  using _worker = watchFolders([join(trainer, "src")], service.restartWorker);
  using _engine = watchFolders([join(trainer, "python", "loraloom_engine")], service.restartEngine);
  printSummary(service.plan, settings);
  await untilStopped(stop);
};
