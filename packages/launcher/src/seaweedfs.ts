import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AwsClient } from "aws4fetch";
import { askPart } from "./ask-part.ts";
import { baseEnvironment } from "./base-environment.ts";
import type { Command, Part } from "./part.ts";
import { type S3Keys, writeSeaweedfsConfig } from "./seaweedfs-config.ts";
import { startPart } from "./start-part.ts";

export const seaweedfsPortNames = ["s3", "master", "volume", "filer", "admin"] as const;
export type SeaweedfsPorts = Record<(typeof seaweedfsPortNames)[number], number>;

/** The store knows one region; signatures need a name for it. */
export const s3Region = "us-east-1";
const readyTimeoutMs = 120_000;
const stopTimeoutMs = 20_000;

export type SeaweedfsOptions = {
  /** A folder of SeaweedFS' own. */
  dataDir: string;
  /** Each takes its number + 10,000 too. */
  ports: SeaweedfsPorts;
  keys: S3Keys;
  jwtKey: string;
  /** Made at start where it doesn't exist. */
  bucket: string;
  /** At which a volume is full; left out: 1 GiB. Each bucket takes a volume, so that many need small ones. */
  volumeSizeMB?: number;
  /** The program `weed`. */
  weed: string;
  logFile: string;
};

/** SeaweedFS with its S3 interface, on loopback, without usage statistics. */
export const seaweedfsPart = (options: SeaweedfsOptions): Part => ({
  name: "seaweedfs",
  logFile: options.logFile,
  readyTimeoutMs,
  stopSignal: "SIGTERM",
  stopTimeoutMs,
  isReady: () => askPart((signal) => hasBucket(options, signal)),
  prepare: () => prepare(options),
});

/**
 * Starts SeaweedFS with its bucket.
 *
 * @example await using store = await startSeaweedfs({ dataDir, ports, keys, jwtKey, bucket, weed, logFile });
 * @throws LoraloomError `part_failed` (names the log)
 */
export const startSeaweedfs = async (
  options: SeaweedfsOptions,
): Promise<AsyncDisposable & { endpoint: string; pid: number }> => {
  const running = await startPart(seaweedfsPart(options));
  return { endpoint: s3Endpoint(options.ports), pid: running.pid, [Symbol.asyncDispose]: running.stop };
};

export const s3Endpoint = (ports: Pick<SeaweedfsPorts, "s3">): string => `http://127.0.0.1:${ports.s3}`;

const prepare = async (options: SeaweedfsOptions): Promise<Command> => {
  const folder = resolve(options.dataDir);
  const config = join(folder, "config");
  const data = join(folder, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeSeaweedfsConfig(config, options.keys, options.jwtKey);
  return {
    file: options.weed,
    args: weedArguments(options, config, data),
    cwd: folder,
    env: baseEnvironment(),
  };
};

const weedArguments = (
  { ports, bucket, volumeSizeMB }: SeaweedfsOptions,
  config: string,
  data: string,
): string[] => [
  // Its log is ours; by default it keeps more of them in the system's temporary folder.
  "-logtostderr=true",
  `-config_dir=${config}`,
  "mini",
  `-dir=${data}`,
  "-ip=127.0.0.1",
  "-ip.bind=127.0.0.1",
  `-s3.port=${ports.s3}`,
  `-master.port=${ports.master}`,
  `-volume.port=${ports.volume}`,
  `-filer.port=${ports.filer}`,
  // It listens even with its pages switched off; its fixed default would keep a second store from starting.
  `-admin.port=${ports.admin}`,
  `-s3.config=${join(config, "s3.json")}`,
  `-bucket=${bucket}`,
  // Relative to its own folder: an absolute path may be longer than a socket's may be.
  "-filer.localSocket=filer.sock",
  "-s3.localSocket=s3.sock",
  ...(volumeSizeMB ? [`-master.volumeSizeLimitMB=${volumeSizeMB}`] : []),
  ...switchedOff,
];

/** By default it reports usage, serves more protocols, makes any bucket and deletes full ones. */
const switchedOff = [
  "-master.telemetry=false",
  "-webdav=false",
  "-admin.ui=false",
  "-s3.port.iceberg=0",
  "-s3.port.lance=0",
  "-s3.iam=false",
  "-s3.autoCreateBucket=false",
  "-s3.allowDeleteBucketNotEmpty=false",
];

const hasBucket = async (
  { ports, keys, bucket }: SeaweedfsOptions,
  signal: AbortSignal,
): Promise<boolean> => {
  const client = new AwsClient({ ...keys, service: "s3", region: s3Region, retries: 0 });
  return (await client.fetch(`${s3Endpoint(ports)}/${bucket}`, { method: "HEAD", signal })).ok;
};
