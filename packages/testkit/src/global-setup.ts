import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
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
import type { TestProject } from "vitest/node";
import { execute } from "./execute.ts";
import { python } from "./paths.ts";
import type { TestServices } from "./services.ts";

/** A few thousand buckets, one or two a test, then fit on a disk with little space. */
const volumeSizeMB = 16;

/** Starts Postgres and SeaweedFS once for a test run and gives their addresses to the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loraloom-test-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  cleanup.defer(() => keepLogsOfFailure(project, folder));
  const [databaseUrl, s3] = await startServices(folder, cleanup);
  await forgoWhatLasts(databaseUrl);
  project.provide("services", { databaseUrl, s3, folder });
  // Programs that tests start again and again, and the workers, find compiled what one of them has compiled.
  process.env.NODE_COMPILE_CACHE = join(folder, "compiled");
  const teardown = cleanup.move();
  return () => teardown.disposeAsync();
}

const logNames = ["postgres.log", "seaweedfs.log"];

/** What the services said while a test failed, which may be one that they kept waiting. */
const keepLogsOfFailure = async ({ vitest }: TestProject, folder: string): Promise<void> => {
  if (vitest.state.getCountOfFailedTests() === 0) return;
  const kept = await mkdtemp(join(tmpdir(), "loraloom-test-logs-"));
  for (const name of logNames) await copyFile(join(folder, name), join(kept, name));
  console.log(`A test failed; the logs of its Postgres and SeaweedFS are in '${kept}'.`);
};

const startServices = async (
  folder: string,
  cleanup: AsyncDisposableStack,
): Promise<[string, TestServices["s3"]]> => {
  const binaries = await findBinaries(python);
  const [database, store] = await Promise.all([
    startDatabase(folder, binaries),
    startStore(folder, binaries),
  ]);
  cleanup.use(database);
  cleanup.use(store);
  return [database.url, store.s3];
};

/** This server is never started again after a crash of its machine, and no database of it grows old. */
const forgoWhatLasts = async (databaseUrl: string): Promise<void> => {
  await execute(databaseUrl, "alter system set fsync = off");
  await execute(databaseUrl, "alter system set full_page_writes = off");
  await execute(databaseUrl, "alter system set autovacuum = off");
  await execute(databaseUrl, "select pg_reload_conf()");
};

type Binaries = Awaited<ReturnType<typeof findBinaries>>;

const startDatabase = async (folder: string, { postgresFolder }: Binaries) =>
  startPostgres({
    dataDir: join(folder, "postgres"),
    port: await findFreePort(),
    password: randomBytes(16).toString("hex"),
    postgresFolder,
    logFile: join(folder, "postgres.log"),
  });

const startStore = async (folder: string, { weed }: Binaries) => {
  const keys = { accessKeyId: "test", secretAccessKey: randomBytes(16).toString("hex") };
  const store = await startSeaweedfs({
    dataDir: join(folder, "seaweedfs"),
    ports: await findFreePorts(seaweedfsPortNames),
    keys,
    jwtKey: randomBytes(32).toString("hex"),
    bucket: "loraloom",
    volumeSizeMB,
    weed,
    logFile: join(folder, "seaweedfs.log"),
  });
  const s3 = { endpoint: store.endpoint, region: s3Region, ...keys };
  return { s3, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
};
