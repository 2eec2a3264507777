import { readFile } from "node:fs/promises";
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
import { hostCount, workerCount } from "../schedule/fault.ts";
import { leaseSeconds } from "../sizes.ts";
import { allStarted } from "./all-started.ts";
import { type Ending, type KeepOptions, type KeptPart, keepPart } from "./kept-part.ts";

export type Service = AsyncDisposable & {
  database: KeptPart;
  hosts: KeptPart[];
  workers: KeptPart[];
  hostUrls: string[];
  /** Between everybody and the object store. */
  proxy: FaultProxy;
  /** The first service key. */
  apiKey: string;
  /** What the reader of the invariants needs: no fault stands between it and the store. */
  sources: Sources;
};
export type Sources = {
  databaseUrl: string;
  s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string };
};

/**
 * Postgres, SeaweedFS, hosts and workers in processes of their own, as the launcher starts and keeps them, on a data
 * folder of the launcher's layout.
 *
 * @throws LoraloomError `part_failed`, `bad_configuration`
 */
export const startService = async (folder: string, options: KeepOptions): Promise<Service> => {
  await using stack = new AsyncDisposableStack();
  const making = makeTinyBase();
  // What is wrong with it is told when it is needed.
  const made = making.catch(() => undefined);
  stack.defer(async () => (await made)?.[Symbol.asyncDispose]());
  const settings = readSettings(settingsSource(folder));
  const plan = await planParts(settings, options);
  const keep = async (part: Part, ending: Ending) => stack.use(await keepPart(part, options, ending));
  const [database] = await allStarted(servicesOf(plan).map((part) => keep(part, "in order")));
  if (!database) throw new Error("No Postgres was planned.");
  const sources = sourcesOf(plan);
  const proxy = stack.use(await startFaultProxy({ target: sources.s3.endpoint }));
  const environment = { ...plan.environment, S3_ENDPOINT: proxy.url };
  const hosts = await startHosts({ settings, environment, keep });
  const { path: basePath } = await making;
  const ofWorkers = { ...environment, LORALOOM_BASE_PATH: basePath };
  const workers = await startWorkers({ settings, environment: ofWorkers, keep });
  const resources = stack.move();
  return {
    database,
    hosts: hosts.map(({ kept }) => kept),
    workers,
    hostUrls: hosts.map(({ url }) => url),
    proxy,
    apiKey: (await readFile(plan.keyFile, "utf8")).trim(),
    sources,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Of this process' own environment only what any program needs: the caller's settings are of another service. */
const settingsSource = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  TMPDIR: process.env.TMPDIR,
  LORALOOM_DATA_DIR: folder,
  LORALOOM_BASE_MODEL: "chaos/tiny",
  // Where it lies is known once it is made.
  LORALOOM_BASE_PATH: folder,
  LORALOOM_BASE_DTYPE: "float32",
  LORALOOM_LEASE_SECONDS: String(leaseSeconds),
  LORALOOM_WORKER_SLOTS: "4",
  LORALOOM_ENGINE_THREADS: "1",
  LORALOOM_CHECKPOINT_SECONDS: "1",
  // An engine that is killed is there again at once.
  LORALOOM_ENGINE_SPARE: "true",
  NODE_COMPILE_CACHE: dataFolder(folder).compileCache,
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
  keep: (part: Part, ending: Ending) => Promise<KeptPart>;
};

/** One after the other: the first one writes the first key once it has reached the database. */
const startHosts = async ({ settings, environment, keep }: Running) => {
  const hosts: { kept: KeptPart; url: string }[] = [];
  for (let number = 1; number <= hostCount; number++) {
    const options = { settings, environment, port: await findFreePort(), nodeOptions: [] };
    const url = hostUrl(options);
    const part = { ...hostPart(options), isReady: () => isConnected(url) };
    hosts.push({ kept: await keep(named(settings, `host-${number}`, part), "at once"), url });
  }
  return hosts;
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
      return keep(named(settings, name, part), "at once");
    }),
  );

const named = ({ dataDir }: Settings, name: string, part: Part): Part => ({
  ...part,
  name,
  logFile: dataFolder(dataDir).logFile(name),
});
