import { spawn } from "node:child_process";
import { once } from "node:events";
import { LoraloomError } from "@loraloom/errors";
import { dataFolder } from "../data-folder.ts";
import { runningEnvironment } from "../ensure-parts.ts";
import { findFreePort } from "../ports.ts";
import { readRuntime } from "../runtime-file.ts";
import { hasOwnDatabase, hasOwnStore, type Settings } from "../settings.ts";
import { workerCommand } from "../worker-part.ts";

/** `npm run worker`: one more worker, for a launcher that runs here or for a database and store elsewhere. */
export const worker = async (settings: Settings, signal: AbortSignal): Promise<void> => {
  const environment = await findEnvironment(settings);
  const folder = `${dataFolder(settings.dataDir).worker}-${process.pid}`;
  const options = { settings, environment, port: await findFreePort(), folder };
  const { file, args, cwd, env } = workerCommand(options);
  signal.throwIfAborted();
  // A group of its own, as with the launcher's worker: Ctrl-C reaches it once, from here.
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  const [exitCode, endedBy] = await once(child, "exit");
  if (exitCode !== 0) {
    const reason = endedBy ? `was ended by ${endedBy}` : `ended with ${exitCode}`;
    throw new LoraloomError("part_failed", `The worker ${reason}; its log is above.`);
  }
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
