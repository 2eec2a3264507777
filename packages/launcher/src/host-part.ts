import { join } from "node:path";
import { askPart } from "./ask-part.ts";
import { dataFolder } from "./data-folder.ts";
import { provideMasterKey } from "./master-key.ts";
import type { Part } from "./part.ts";
import { ownPort, type Settings } from "./settings.ts";

const readyTimeoutMs = 120_000;
/** It gives open requests ten seconds, and then puts away what it has open. */
const stopTimeoutMs = 20_000;

export type HostOptions = {
  settings: Settings;
  /** The environment that host and workers share. */
  environment: Record<string, string>;
  port: number;
  /** Options of Node before the program, e.g. `--watch`. */
  nodeOptions: string[];
};

/** The address of the host; LORALOOM_HOST and LORALOOM_PORT win over the chosen ones. */
export const hostUrl = ({ settings, port }: Pick<HostOptions, "settings" | "port">): string => {
  const { LORALOOM_HOST: host = "127.0.0.1" } = settings.environment;
  // Who listens everywhere is reached here too.
  return `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${ownPort(settings, "LORALOOM_PORT") ?? port}`;
};

/** The first service key's file. */
export const keyFile = ({ dataDir, environment }: Settings): string =>
  environment.LORALOOM_KEY_FILE ?? dataFolder(dataDir).keyFile;

/** The file of master keys; the one in the data folder is made where there is none yet. */
const masterKeyFile = ({ dataDir, environment }: Settings): string =>
  environment.LORALOOM_MASTER_KEY_FILE ?? provideMasterKey(dataFolder(dataDir).masterKey);

/**
 * What is young is collected once it takes 8 MB, and what is old once it has grown by a fifth. Left to itself Node takes a
 * young generation of some 130 MB where there is much memory, and lets the rest double.
 */
export const hostMemoryOptions: string[] = ["--max-semi-space-size=8", "--heap-growing-percent=20"];

/** One arena for all threads: by itself glibc gives each one its own, and what one has freed serves no other. */
export const hostMemoryEnvironment: Record<string, string> = { MALLOC_ARENA_MAX: "1" };

/** The API server. */
export const hostPart = (options: HostOptions): Part => {
  const { settings, environment, port, nodeOptions } = options;
  return {
    name: "host",
    logFile: dataFolder(settings.dataDir).logFile("host"),
    readyTimeoutMs,
    stopSignal: "SIGTERM",
    stopTimeoutMs,
    isReady: () => askPart(async (signal) => (await fetch(`${hostUrl(options)}/health/live`, { signal })).ok),
    prepare: async () => ({
      file: process.execPath,
      args: [
        ...hostMemoryOptions,
        ...nodeOptions,
        join(settings.repositoryRoot, "packages", "host", "src", "main.ts"),
      ],
      cwd: settings.repositoryRoot,
      env: {
        ...hostMemoryEnvironment,
        LORALOOM_HOST: "127.0.0.1",
        ...environment,
        LORALOOM_PORT: ownPort(settings, "LORALOOM_PORT") ?? String(port),
        LORALOOM_KEY_FILE: keyFile(settings),
        LORALOOM_MASTER_KEY_FILE: masterKeyFile(settings),
      },
    }),
  };
};
