import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../src/process-identity.ts";
import { type Runtime, readLastRuntime } from "../src/runtime-file.ts";
import { waitUntil } from "../src/wait-until.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const timeoutMs = 30_000;

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
  const dataDir = join(folder, "the data");
  return {
    root,
    dataDir,
    [Symbol.asyncDispose]: async () => {
      await killAll(dataDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export type Checkout = Awaited<ReturnType<typeof createCheckout>>;

/** Starts a launcher; `output` holds what it has printed so far. */
export const launch = ({ root, dataDir }: Checkout) => {
  const child = spawn(process.execPath, [join(fixtures, "launch.ts"), root, dataDir]);
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return { child, ended: once(child, "exit") as Promise<[number | null, string | null]>, output: () => text };
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

export const partOf = (runtime: Runtime, name: string) => {
  const part = runtime.parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`No part ${name} is recorded.`);
  return part;
};

/** kill -9 of the launcher and of everything it recorded. */
export const killAll = async (dataDir: string): Promise<void> => {
  const runtime = readLastRuntime(dataDir);
  if (!runtime) return;
  for (const recorded of [runtime.launcher, ...runtime.parts]) {
    if (await isAlive(recorded)) process.kill(recorded.pid, "SIGKILL");
    await waitUntil(async () => !(await isAlive(recorded)), timeoutMs);
  }
};
