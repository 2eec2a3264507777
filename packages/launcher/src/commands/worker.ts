import { parseArgs } from "node:util";
import { LoraloomError } from "@loraloom/errors";
import { runningEnvironment } from "../ensure-parts.ts";
import type { Command, Part } from "../part.ts";
import { findFreePort } from "../ports.ts";
import { runInForeground } from "../run-in-foreground.ts";
import { trackRunningParts } from "../running-parts.ts";
import { readRuntime } from "../runtime-file.ts";
import { hasOwnDatabase, hasOwnStore, type Settings } from "../settings.ts";
import { supervisePart } from "../supervise.ts";
import { workerLog } from "../worker-log.ts";
import { workerPart } from "../worker-part.ts";
import { type StopSignals, untilStopped } from "./until-stopped.ts";

/**
 * `npm run worker`: one more worker, for a launcher that runs here or for a database and store elsewhere. With
 * `--once` it takes one run, in the foreground.
 *
 * @returns the exit code, where it is the worker's own
 */
export const worker = async (
  settings: Settings,
  { stop, stopNow }: StopSignals,
  options: string[],
): Promise<number | undefined> => {
  const { values } = parseArgs({ args: options, options: { once: { type: "boolean" } } });
  const part = await oneMoreWorker(settings);
  if (values.once) return runInForeground(withOption(await part.prepare(), "--once"), { stop, stopNow });
  const onSpawned = trackRunningParts(stopNow);
  const supervised = await supervisePart(part, { report: console.log, onSpawned, signal: stop });
  console.log(`One more worker is ready.\n  log   ${part.logFile}\n  stop  Ctrl-C`);
  await untilStopped(stop);
  await supervised.stop();
  return undefined;
};

const withOption = (command: Command, option: string): Command => ({
  ...command,
  args: [...command.args, option],
});

const oneMoreWorker = async (settings: Settings): Promise<Part> => {
  const environment = await findEnvironment(settings);
  const part = workerPart({ settings, environment, port: await findFreePort() });
  return { ...part, logFile: await workerLog(settings.dataDir) };
};

/** Whether the user names everything that a worker shares with a host elsewhere. */
const isSelfContained = (settings: Settings): boolean =>
  hasOwnDatabase(settings) && hasOwnStore(settings) && "LORALOOM_GATEWAY_TOKEN" in settings.environment;

const findEnvironment = async (settings: Settings): Promise<Record<string, string>> => {
  if (isSelfContained(settings) || (await readRuntime(settings.dataDir))) return runningEnvironment(settings);
  throw new LoraloomError(
    "bad_configuration",
    `Nothing runs on '${settings.dataDir}', and DATABASE_URL, S3_BUCKET and LORALOOM_GATEWAY_TOKEN are not all set: ` +
      "run 'npm start' first, or set them as the host has them.",
  );
};
