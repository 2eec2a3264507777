import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { type Client, createClient } from "@loraloom/client";
import { findFreePort, repositoryRoot } from "@loraloom/testkit";
import { execa } from "execa";

type Runtime = {
  url: string;
  keyFile: string;
  isReady: boolean;
  launcher: { pid: number };
  parts: { name: string; pid: number }[];
};

export type LaunchedService = AsyncDisposable & {
  client: Client;
  runtime: Runtime;
  /** kill -9 of the launcher and of every process that it ever started, the engine included. */
  killEverything: () => Promise<void>;
};

/** What `npm start` runs after set-up, on a data folder of the test's own. */
export const launchService = async (
  dataDir: string,
  environment: Record<string, string>,
): Promise<LaunchedService> => {
  const child = execa(process.execPath, [join(repositoryRoot, "packages/launcher/src/main.ts"), "start"], {
    // While a host still loads, another one may take the default port.
    env: { LORALOOM_PORT: String(await findFreePort()), ...environment, LORALOOM_DATA_DIR: dataDir },
    all: true,
    reject: false,
    // Killed, it would leave its parts running; on a busy machine their end takes its time.
    forceKillAfterDelay: false,
  });
  const runtime = await Promise.race([readyRuntime(dataDir, child.pid), child.then(failed)]);
  const apiKey = (await readFile(runtime.keyFile, "utf8")).trim();
  return {
    client: createClient({ url: runtime.url, apiKey }),
    runtime,
    killEverything: async () => {
      const killed = await processesOf(runtime);
      for (const pid of killed) kill(pid);
      await child;
      // One that a slow disk keeps in the kernel is still there a while; Postgres doesn't start beside its like.
      while (await areThere(killed)) await sleep(50);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child;
    },
  };
};

const failed = ({ all }: { all?: string }): never => {
  throw new Error(`The launcher ended before it was ready:\n${all}`);
};

const readyRuntime = async (dataDir: string, launcher: number | undefined): Promise<Runtime> => {
  for (;;) {
    const runtime = await readJson<Runtime>(join(dataDir, "runtime.json"));
    if (runtime?.isReady && runtime.launcher.pid === launcher) return runtime;
    await sleep(100);
  }
};

const readJson = async <Value>(path: string): Promise<Value | undefined> => {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** The launcher first, so that it starts nothing again, then its parts' whole process trees. */
export const processesOf = async ({ launcher, parts }: Runtime): Promise<number[]> => {
  const parents = await parentsByPid();
  const roots = [launcher.pid, ...parts.map((part) => part.pid)];
  const descends = (pid: number): boolean =>
    roots.includes(pid) || (parents.has(pid) && descends(parents.get(pid) ?? 0));
  return [...roots, ...[...parents.keys()].filter((pid) => !roots.includes(pid) && descends(pid))];
};

const parentsByPid = async (): Promise<Map<number, number>> => {
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,ppid="]);
  return new Map(stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
};

const areThere = async (pids: number[]): Promise<boolean> => {
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,stat="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.some(([pid, state]) => pids.includes(Number(pid)) && !state?.startsWith("Z"));
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // One that its parent's end took along.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
};

/** An S3 client with the keys of that data folder. */
export const openBucket = async (dataDir: string): Promise<S3Client> => {
  const secrets = await readJson<{ s3: { accessKeyId: string; secretAccessKey: string } }>(
    join(dataDir, "secrets.json"),
  );
  const ports = await readJson<Record<string, number>>(join(dataDir, "ports.json"));
  if (!secrets || !ports) throw new Error(`There is no service on ${dataDir}: ${await readdir(dataDir)}`);
  return new S3Client({
    endpoint: `http://127.0.0.1:${ports.s3}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: secrets.s3,
  });
};
