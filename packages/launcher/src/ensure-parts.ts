import { LoraloomError } from "@loraloom/errors";
import { dataFolder } from "./data-folder.ts";
import { type Ports, readPorts } from "./remembered-ports.ts";
import { type Runtime, readRuntime } from "./runtime-file.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { readSettings, type Settings } from "./settings.ts";
import { startService } from "./start-service.ts";
import { waitUntil } from "./wait-until.ts";

const startTimeoutMs = 300_000;

/** A service that runs on this machine, and what a program beside it needs to look behind its API. */
export type Parts = {
  url: string;
  /** Holds the first service key. */
  keyFile: string;
  dataDir: string;
  gateway: { url: string; token: string };
  /** A bucket and, beside it, the settings of an S3 client. */
  objects: {
    bucket: string;
    endpoint?: string;
    region: string;
    forcePathStyle: boolean;
    credentials?: { accessKeyId: string; secretAccessKey: string };
  };
  basePath: string;
  /** The interpreter that has the engine's packages. */
  python: string;
  launcherPid: number;
};

export type EnsureOptions = {
  report?: (line: string) => void;
  signal?: AbortSignal;
  /** Variables of the environment for parts that are started; what the user sets wins. */
  defaults?: Record<string, string>;
};

/**
 * Uses the parts of a running launcher, or starts them and ends them at disposal.
 *
 * @example await using parts = await ensureParts();
 * @throws LoraloomError `part_failed`, `bad_configuration`
 */
export const ensureParts = async (options: EnsureOptions = {}): Promise<Parts & AsyncDisposable> => {
  const settings = readSettings({ ...options.defaults, ...process.env });
  const running = await readRuntime(settings.dataDir);
  if (running) return { ...(await useRunning(settings, running)), [Symbol.asyncDispose]: async () => {} };
  const { report = () => {}, signal = new AbortController().signal } = options;
  const service = await startService(settings, { report, signal });
  const { plan } = service;
  const parts = toParts(settings, { ...plan, launcherPid: process.pid });
  return { ...parts, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
};

const useRunning = async (settings: Settings, runtime: Runtime): Promise<Parts> => {
  const isStarting = async () => (await readRuntime(settings.dataDir))?.isReady === false;
  await waitUntil(async () => !(await isStarting()), startTimeoutMs);
  // Nothing runs any longer where that launcher could not start its parts.
  if (!(await readRuntime(settings.dataDir))?.isReady) {
    throw new LoraloomError(
      "part_failed",
      `The launcher with pid ${runtime.launcher.pid} doesn't get ready.`,
    );
  }
  const environment = await runningEnvironment(settings);
  return toParts(settings, { ...runtime, environment, launcherPid: runtime.launcher.pid });
};

/** The environment of host and workers of a launcher that runs. */
export const runningEnvironment = (settings: Settings): Promise<Record<string, string>> => {
  const folder = dataFolder(settings.dataDir);
  const ports = readPorts(folder.ports) as Ports;
  return serviceEnvironment(settings, { ports, secrets: loadSecrets(folder.secrets) });
};

type Running = Pick<Runtime, "url" | "gatewayUrl" | "keyFile"> & {
  environment: Record<string, string>;
  launcherPid: number;
};

const toParts = (settings: Settings, running: Running): Parts => ({
  url: running.url,
  keyFile: running.keyFile,
  dataDir: settings.dataDir,
  gateway: { url: running.gatewayUrl, token: running.environment.LORALOOM_GATEWAY_TOKEN ?? "" },
  objects: toObjects(running.environment),
  basePath: running.environment.LORALOOM_BASE_PATH ?? "",
  python: settings.python,
  launcherPid: running.launcherPid,
});

const toObjects = (environment: Record<string, string>): Parts["objects"] => {
  const { S3_BUCKET = "", S3_ENDPOINT, S3_REGION = "us-east-1", S3_FORCE_PATH_STYLE } = environment;
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  return {
    bucket: S3_BUCKET,
    ...(S3_ENDPOINT && { endpoint: S3_ENDPOINT }),
    region: S3_REGION,
    forcePathStyle: S3_FORCE_PATH_STYLE === "true",
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
  };
};
