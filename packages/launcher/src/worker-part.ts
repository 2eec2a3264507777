import { join } from "node:path";
import { dataFolder } from "./data-folder.ts";
import type { Command, Part } from "./part.ts";
import type { Settings } from "./settings.ts";

/** Importing torch and loading a large base from a slow disk takes a while. */
const readyTimeoutMs = 300_000;
/** It hands its run back at once, lets open chats finish for 30 s, and gives its engine 15 s to end. */
const stopTimeoutMs = 50_000;

export type WorkerOptions = {
  settings: Settings;
  /** The environment that host and workers share. */
  environment: Record<string, string>;
  /** Of its gateway. */
  port: number;
  /** Its own folder for local files. */
  folder: string;
};

/** The address of a worker's gateway on this machine. */
export const gatewayUrl = ({ settings, port }: Pick<WorkerOptions, "settings" | "port">): string =>
  settings.environment.LORALOOM_GATEWAY_URL ??
  `http://127.0.0.1:${settings.environment.LORALOOM_GATEWAY_PORT ?? port}`;

/** A worker with its engine. */
export const workerPart = (options: WorkerOptions): Part => ({
  name: "worker",
  logFile: dataFolder(options.settings.dataDir).logFile("worker"),
  readyTimeoutMs,
  stopSignal: "SIGTERM",
  stopTimeoutMs,
  isReady: () => isServing(gatewayUrl(options), options.environment.LORALOOM_GATEWAY_TOKEN ?? ""),
  prepare: async () => workerCommand(options),
});

export const workerCommand = ({ settings, environment, port, folder }: WorkerOptions): Command => ({
  file: process.execPath,
  args: [join(settings.repositoryRoot, "packages", "trainer", "src", "main.ts")],
  cwd: settings.repositoryRoot,
  env: {
    LORALOOM_WORKER_DIR: folder,
    LORALOOM_GATEWAY_HOST: "127.0.0.1",
    LORALOOM_GATEWAY_PORT: String(port),
    ...environment,
  },
});

const isServing = async (url: string, token: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/health`, { headers: { authorization: `Bearer ${token}` } });
    return answer.ok && ((await answer.json()) as { ready: boolean }).ready;
  } catch {
    // Nobody listens yet; a timeout names the log.
    return false;
  }
};
