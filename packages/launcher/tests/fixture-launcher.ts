import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../src/ports.ts";
import { writePrivateJson } from "../src/private-json.ts";
import { sendSignal } from "../src/process-group.ts";
import { isAlive } from "../src/process-identity.ts";
import { type Runtime, readLastRuntime } from "../src/runtime-file.ts";
import { waitUntil } from "../src/wait-until.ts";

const fixtures = join(import.meta.dirname, "fixtures");
/** A cluster is made, and four programs are loaded. */
const timeoutMs = 200_000;

/** A checkout with other programs in place of host and worker, and a data folder; both with spaces. */
export const createCheckout = async () => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom launcher "));
  const root = join(folder, "the checkout");
  for (const [fixture, name] of [
    ["host.ts", "host"],
    ["worker.ts", "trainer"],
  ] as const) {
    await mkdir(join(root, "packages", name, "src"), { recursive: true });
    await cp(join(fixtures, fixture), join(root, "packages", name, "src", "main.ts"));
  }
  await writeCode(root, "packages/router/src/version.ts", "export const version = 1;");
  await writeCode(root, "packages/trainer/python/loraloom_engine/loop.py", "");
  const dataDir = join(folder, "the data");
  // The usual port would be fought over by launchers of other tests.
  writePrivateJson(join(dataDir, "ports.json"), { host: await findFreePort() });
  return {
    root,
    dataDir,
    [Symbol.asyncDispose]: async () => {
      await killAll(dataDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** At once, as one change: a file that is first emptied and then written is two, however far apart. */
export const writeCode = async (root: string, path: string, text: string): Promise<void> => {
  await mkdir(join(root, path, ".."), { recursive: true });
  const draft = join(root, `${path}.draft`);
  await writeFile(draft, text);
  await rename(draft, join(root, path));
};

export type Checkout = Awaited<ReturnType<typeof createCheckout>>;

export type LaunchOptions = { command?: "start" | "dev" | "worker"; env?: Record<string, string> };

/** Starts a launcher; `output` holds what it has printed so far. */
export const launch = ({ root, dataDir }: Checkout, { command = "start", env = {} }: LaunchOptions = {}) => {
  const child = spawn(process.execPath, [join(fixtures, "launch.ts"), root, dataDir, command], {
    env: { ...process.env, ...env },
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  // Not "exit": what it has printed may be read after that.
  return {
    child,
    ended: once(child, "close") as Promise<[number | null, string | null]>,
    output: () => text,
  };
};

/** Waits until a launcher has everything ready; returns its record. */
export const untilReady = async (
  checkout: Checkout,
  launcher: { child: ChildProcess; output: () => string },
) => {
  const isReady = () => {
    const runtime = readLastRuntime(checkout.dataDir);
    return (
      (runtime?.launcher.pid === launcher.child.pid && runtime?.isReady) || launcher.child.exitCode !== null
    );
  };
  if (!(await waitUntil(isReady, timeoutMs)) || launcher.child.exitCode !== null)
    throw new Error(launcher.output());
  return readLastRuntime(checkout.dataDir) as Runtime;
};

type WorkerAnswer = { engine: number; restarts: number };

/** The pid of the engine that the fixture's worker has, and how often it was told to start another one. */
export const askWorker = async ({ dataDir }: Checkout, { gatewayUrl }: Runtime): Promise<WorkerAnswer> => {
  const { gatewayToken } = JSON.parse(await readFile(join(dataDir, "secrets.json"), "utf8"));
  const answer = await fetch(gatewayUrl, { headers: { authorization: `Bearer ${gatewayToken}` } });
  return (await answer.json()) as WorkerAnswer;
};

export const partOf = (runtime: Runtime, name: string) => {
  const part = runtime.parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`No part ${name} is recorded.`);
  return part;
};

/** kill -9 of the launcher and of everything it recorded, with what that had started. */
export const killAll = async (dataDir: string): Promise<void> => {
  const runtime = readLastRuntime(dataDir);
  if (!runtime) return;
  for (const recorded of [runtime.launcher, ...runtime.parts]) {
    if (await isAlive(recorded)) process.kill(recorded.pid, "SIGKILL");
    await waitUntil(async () => !(await isAlive(recorded)), timeoutMs);
  }
  for (const { pid } of runtime.parts) sendSignal(-pid, "SIGKILL");
};
