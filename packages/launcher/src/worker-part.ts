import { join } from "node:path";
import { askPart } from "./ask-part.ts";
import { dataFolder } from "./data-folder.ts";
import type { Command, Part } from "./part.ts";
import { ownPort, type Settings } from "./settings.ts";

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
};

/** The address of a worker's gateway on this machine. */
export const gatewayUrl = ({ settings, port }: Pick<WorkerOptions, "settings" | "port">): string => {
  const { LORALOOM_GATEWAY_URL: url, LORALOOM_GATEWAY_HOST: host = "127.0.0.1" } = settings.environment;
  // Who listens everywhere is reached here too.
  const address = host === "0.0.0.0" ? "127.0.0.1" : host;
  return url ?? `http://${address}:${ownPort(settings, "LORALOOM_GATEWAY_PORT") ?? port}`;
};

/** A worker with its engine. */
export const workerPart = (options: WorkerOptions): Part => ({
  name: "worker",
  logFile: dataFolder(options.settings.dataDir).logFile("worker"),
  readyTimeoutMs,
  stopSignal: "SIGTERM",
  stopTimeoutMs,
  isReady: () => askPart((signal) => isServing(options, signal)),
  prepare: async () => workerCommand(options),
});

const workerCommand = ({ settings, environment, port }: WorkerOptions): Command => ({
  file: process.execPath,
  args: [join(settings.repositoryRoot, "packages", "trainer", "src", "main.ts")],
  cwd: settings.repositoryRoot,
  env: {
    LORALOOM_WORKER_DIR: dataFolder(settings.dataDir).worker,
    LORALOOM_GATEWAY_HOST: "127.0.0.1",
    ...environment,
    LORALOOM_GATEWAY_PORT: ownPort(settings, "LORALOOM_GATEWAY_PORT") ?? String(port),
  },
});

const isServing = async (options: WorkerOptions, signal: AbortSignal): Promise<boolean> => {
  const headers = { authorization: `Bearer ${options.environment.LORALOOM_GATEWAY_TOKEN ?? ""}` };
  const answer = await fetch(`${gatewayUrl(options)}/health`, { headers, signal });
  return answer.ok && ((await answer.json()) as { ready: boolean }).ready;
};
