import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@loraloom/client";
import { findFreePort, hostMemoryEnvironment, hostMemoryOptions, startPart } from "@loraloom/launcher";
import { repositoryRoot } from "../repository.ts";
import type { BaseModel } from "./base-model.ts";
import { type Bucket, createBucket } from "./bucket.ts";
import { createDatabase } from "./database.ts";
import type { Services } from "./start-services.ts";

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

export type BenchHost = AsyncDisposable & {
  pid: number;
  url: string;
  /** A service key. */
  apiKey: string;
  databaseUrl: string;
  bucket: Bucket;
  /** What it shares with its workers. */
  environment: Record<string, string>;
  /** A client of its own connections and batches, with this key. */
  connect: () => Client;
};

export type HostOptions = {
  /** Where the host reaches the store, if not directly. */
  storeUrl?: string;
  /** What its workers train on. */
  base?: BaseModel;
  /** What it is told beside. */
  environment?: Record<string, string>;
};

/**
 * The host as people run it, in a process of its own, over a database and a bucket of its own.
 *
 * @throws LoraloomError `part_failed`
 */
export const startHost = async (services: Services, options: HostOptions = {}): Promise<BenchHost> => {
  const databaseUrl = await createDatabase(services.databaseUrl);
  const bucket = await createBucket(services.s3);
  const port = await findFreePort();
  const name = `host-${port}`;
  const keyFile = join(services.folder, `${name}-key`);
  const url = `http://127.0.0.1:${port}`;
  const environment = sharedEnvironment(services, { databaseUrl, bucket, ...options });
  const running = await startPart({
    name,
    logFile: join(services.folder, `${name}.log`),
    readyTimeoutMs,
    stopSignal: "SIGTERM",
    stopTimeoutMs,
    isReady: () => isReady(url),
    prepare: async () => ({
      file: process.execPath,
      args: [...hostMemoryOptions, join(repositoryRoot, "packages", "host", "src", "main.ts")],
      cwd: repositoryRoot,
      env: {
        ...hostMemoryEnvironment,
        ...environment,
        LORALOOM_PORT: String(port),
        LORALOOM_KEY_FILE: keyFile,
      },
    }),
  });
  const apiKey = (await readFile(keyFile, "utf8")).trim();
  return {
    pid: running.pid,
    url,
    apiKey,
    databaseUrl,
    bucket,
    environment,
    connect: () => createClient({ url, apiKey }),
    [Symbol.asyncDispose]: running.stop,
  };
};

type Places = HostOptions & { databaseUrl: string; bucket: Bucket };

const sharedEnvironment = (
  services: Services,
  { databaseUrl, bucket, storeUrl = services.s3.endpoint, base, environment }: Places,
): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  DATABASE_URL: databaseUrl,
  S3_ENDPOINT: storeUrl,
  S3_PUBLIC_ENDPOINT: services.s3.endpoint,
  S3_REGION: services.s3.region,
  S3_BUCKET: bucket.bucket,
  S3_FORCE_PATH_STYLE: "true",
  // Several hosts and workers are started in a run: they find compiled what the first one, or one of before, has compiled.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(services.folder, "compiled"),
  S3_ACCESS_KEY_ID: services.s3.accessKeyId,
  S3_SECRET_ACCESS_KEY: services.s3.secretAccessKey,
  LORALOOM_GATEWAY_TOKEN: randomBytes(16).toString("hex"),
  // Lists of 10,000 files are measured in an avatar that other measures have put files into.
  LORALOOM_MAX_FILES: "20000",
  ...(base && { LORALOOM_BASE_MODEL: base.id, LORALOOM_BASE_PATH: base.path }),
  ...environment,
});

/** Connected to the database and the store, not only listening. */
const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    // Not listening yet; the time limit of the start names the host's log.
    return false;
  }
};
