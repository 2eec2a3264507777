import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findBinaries,
  findFreePort,
  findFreePorts,
  s3Region,
  seaweedfsPortNames,
  startPostgres,
  startSeaweedfs,
} from "@loraloom/launcher";
import { python } from "../repository.ts";
import type { BaseName } from "./base-model.ts";
import { type Bases, openBases } from "./bases.ts";

export type S3 = { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };

/** A real Postgres and a real object store on loopback, of this run alone. */
export type Services = AsyncDisposable & {
  folder: string;
  /** A superuser's. */
  databaseUrl: string;
  s3: S3;
  bases: Bases;
};

/**
 * Starts both in a temporary folder that goes with them.
 *
 * @param soon bases that are made meanwhile
 * @throws LoraloomError `part_failed`, `bad_configuration`
 */
export const startServices = async (soon: readonly BaseName[] = []): Promise<Services> => {
  await using started = new AsyncDisposableStack();
  const bases = started.use(openBases());
  // What is wrong with one is told to who asks for it.
  for (const name of soon) bases.open(name).catch(() => undefined);
  const folder = await mkdtemp(join(tmpdir(), "loraloom-bench-"));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const binaries = await findBinaries(python);
  const database = started.use(await startDatabase(folder, binaries.postgresFolder));
  const { keys, ...options } = await storeOptions(folder, binaries.weed);
  const store = started.use(await startSeaweedfs({ keys, ...options }));
  const resources = started.move();
  return {
    folder,
    databaseUrl: database.url,
    s3: { endpoint: store.endpoint, region: s3Region, ...keys },
    bases,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const startDatabase = async (folder: string, postgresFolder: string) =>
  startPostgres({
    dataDir: join(folder, "postgres"),
    port: await findFreePort(),
    password: randomBytes(16).toString("hex"),
    postgresFolder,
    logFile: join(folder, "postgres.log"),
  });

const storeOptions = async (folder: string, weed: string) => ({
  dataDir: join(folder, "seaweedfs"),
  ports: await findFreePorts(seaweedfsPortNames),
  keys: { accessKeyId: "bench", secretAccessKey: randomBytes(16).toString("hex") },
  jwtKey: randomBytes(32).toString("hex"),
  bucket: "loraloom",
  weed,
  logFile: join(folder, "seaweedfs.log"),
});
