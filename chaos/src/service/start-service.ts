import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  dataFolder,
  findFreePort,
  hostPart,
  hostUrl,
  type Part,
  type Plan,
  planParts,
  readSettings,
  type Settings,
  workerPart,
} from "@loraloom/launcher";
import { type FaultProxy, startFaultProxy } from "@loraloom/testkit/fault-proxy";
import { makeTinyBase } from "@loraloom/testkit/tiny-base";
import { type Receiver, startReceiver } from "../receiver/start-receiver.ts";
import { hostCount, workerCount } from "../schedule/fault.ts";
import { leaseSeconds } from "../sizes.ts";
import { allStarted } from "./all-started.ts";
import { type KeepOptions, type KeptPart, keepPart } from "./kept-part.ts";
import { loadWorkers } from "./load-workers.ts";

export type Service = AsyncDisposable & {
  database: KeptPart;
  hosts: KeptPart[];
  /** Once all are ready: users may begin while the engines still load. */
  workers: Promise<KeptPart[]>;
  hostUrls: string[];
  /** Between everybody and the object store. */
  proxy: FaultProxy;
  /** Of the users' webhooks. */
  receiver: Receiver;
  /** The first service key. */
  apiKey: string;
  /** What the reader of the invariants needs: no fault stands between it and the store. */
  sources: Sources;
};

export const baseModel = "chaos/tiny";
export const basePath = (folder: string): string => join(folder, "base");

export type Sources = {
  databaseUrl: string;
  s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string };
};

/**
 * Postgres, SeaweedFS, hosts and workers in processes of their own, as the launcher starts and keeps them, on a data
 * folder of the launcher's layout. The workers may still load.
 *
 * @throws LoraloomError `part_failed`, `bad_configuration`
 */
export const startService = async (folder: string, options: KeepOptions): Promise<Service> => {
  await using stack = new AsyncDisposableStack();
  const making = makeBase(folder);
  // What is wrong with it is told when it is needed.
  making.catch(() => undefined);
  const settings = readSettings(settingsSource(folder));
  const plan = await planParts(settings, options);
  const keep = async (part: Part): Promise<KeptPart> => stack.use(await keepPart(part, options));
  const [database] = await allStarted(servicesOf(plan).map(keep));
  if (!database) throw new Error("No Postgres was planned.");
  const sources = sourcesOf(plan);
  const proxy = stack.use(await startFaultProxy({ target: sources.s3.endpoint }));
  const receiver = stack.use(await startReceiver());
  const environment = { ...plan.environment, S3_ENDPOINT: proxy.url };
  const running = { settings, environment, keep };
  // It writes the first key, once it has reached the database.
  const first = await startHost(running, 1);
  const { workers } = stack.use(
    loadWorkers(async (keepWorker) => {
      await making;
      return startWorkers({ ...running, keep: keepWorker });
    }, options),
  );
  const hosts = [first, ...(await allStarted(otherHosts.map((number) => startHost(running, number))))];
  const resources = stack.move();
  return {
    database,
    hosts: hosts.map(({ kept }) => kept),
    workers,
    hostUrls: hosts.map(({ url }) => url),
    proxy,
    receiver,
    apiKey: (await readFile(plan.keyFile, "utf8")).trim(),
    sources,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** In the data folder, so that a service can be started on one that was kept. */
const makeBase = async (folder: string): Promise<void> => {
  await using base = await makeTinyBase();
  await cp(base.path, basePath(folder), { recursive: true });
};

/** Of this process' own environment only what any program may have: the caller's settings are of another service. */
const settingsSource = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  TMPDIR: process.env.TMPDIR,
  LORALOOM_DATA_DIR: folder,
  LORALOOM_BASE_MODEL: baseModel,
  LORALOOM_BASE_PATH: basePath(folder),
  LORALOOM_BASE_DTYPE: "float32",
  LORALOOM_LEASE_SECONDS: String(leaseSeconds),
  LORALOOM_WORKER_SLOTS: "4",
  LORALOOM_ENGINE_THREADS: "1",
  LORALOOM_CHECKPOINT_SECONDS: "1",
  LORALOOM_WEBHOOK_NETWORKS: "127.0.0.1/32",
  // An engine that is killed is there again at once.
  LORALOOM_ENGINE_SPARE: "true",
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? dataFolder(folder).compileCache,
});

/** Postgres and SeaweedFS; the plan's host and worker know nothing of the proxy. */
const servicesOf = ({ parts }: Plan): Part[] =>
  parts.filter(({ name }) => name !== "host" && name !== "worker");

const sourcesOf = ({ environment }: Plan): Sources => ({
  databaseUrl: environment.DATABASE_URL ?? "",
  s3: {
    endpoint: environment.S3_ENDPOINT ?? "",
    region: environment.S3_REGION ?? "",
    bucket: environment.S3_BUCKET ?? "",
    accessKeyId: environment.S3_ACCESS_KEY_ID ?? "",
    secretAccessKey: environment.S3_SECRET_ACCESS_KEY ?? "",
  },
});

const readyAnswerMs = 5_000;

type Running = {
  settings: Settings;
  environment: Record<string, string>;
  keep: (part: Part) => Promise<KeptPart>;
};

const otherHosts = Array.from({ length: hostCount - 1 }, (_, index) => index + 2);

const startHost = async (
  { settings, environment, keep }: Running,
  number: number,
): Promise<{ kept: KeptPart; url: string }> => {
  const options = { settings, environment, port: await findFreePort(), nodeOptions: [] };
  const url = hostUrl(options);
  const part = { ...hostPart(options), isReady: () => isConnected(url) };
  return { kept: await keep(named(settings, `host-${number}`, part)), url };
};

const isConnected = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(readyAnswerMs) })).ok;
  } catch {
    // Not listening yet, or the store is just away; the time limit of the start names the host's log.
    return false;
  }
};

const startWorkers = ({ settings, environment, keep }: Running): Promise<KeptPart[]> =>
  allStarted(
    Array.from({ length: workerCount }, async (_, index) => {
      const name = `worker-${index + 1}`;
      const own = { ...environment, LORALOOM_WORKER_DIR: join(settings.dataDir, name) };
      const part = workerPart({ settings, environment: own, port: await findFreePort() });
      return keep(named(settings, name, part));
    }),
  );

const named = ({ dataDir }: Settings, name: string, part: Part): Part => ({
  ...part,
  name,
  logFile: dataFolder(dataDir).logFile(name),
});
