/** What happens beside a launcher that has everything running, which all tests share. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { ensureParts } from "../src/ensure-parts.ts";
import { isAlive } from "../src/process-identity.ts";
import type { Runtime } from "../src/runtime-file.ts";
import { waitUntil } from "../src/wait-until.ts";
import { type Checkout, createCheckout, launch, untilReady } from "./fixture-launcher.ts";

const timeoutMs = 100_000;

let checkout: Checkout;
let launcher: ReturnType<typeof launch>;
let runtime: Runtime;
beforeAll(async () => {
  checkout = await createCheckout();
  launcher = launch(checkout);
  runtime = await untilReady(checkout, launcher);
});
afterAll(() => checkout[Symbol.asyncDispose]());

const program = join(import.meta.dirname, "../src/main.ts");

const measure = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** What a busy machine needs to load the program is no part of the refusal; both load at the same time. */
const measureRefusal = async (second: ReturnType<typeof launch>): Promise<number> => {
  const [loading, refusal] = await Promise.all([
    measure(() => promisify(execFile)(process.execPath, [program]).catch(() => {})),
    measure(() => second.ended),
  ]);
  return refusal - loading;
};

test("a second launcher on the same data is refused within a second and told of the first", async () => {
  const second = launch(checkout);
  const waits = [await measureRefusal(second)];
  // A busy machine may hold up one of them, but a launcher that waits for something does so each time.
  while (waits.length < 4) waits.push(await measureRefusal(launch(checkout)));
  expect(Math.min(...waits)).toBeLessThan(1_000);
  expect(await second.ended).toEqual([1, null]);
  expect(second.output()).toContain(
    `data_dir_in_use: '${checkout.dataDir}' is in use by process ${launcher.child.pid}`,
  );
});

test("a program beside a launcher uses its parts and leaves them running", async () => {
  vi.stubEnv("LORALOOM_DATA_DIR", checkout.dataDir);
  onTestFinished(() => void vi.unstubAllEnvs());
  {
    await using parts = await ensureParts();
    expect(parts).toMatchObject({ url: runtime.url, launcherPid: launcher.child.pid });
    expect((await fetch(`${parts.url}/health/live`)).ok).toBe(true);
  }
  for (const part of runtime.parts) expect(await isAlive(part)).toBe(true);
});

test("one more worker says what it does in plain lines, logs to a file and leaves nothing behind", async () => {
  const before = readdirSync(checkout.dataDir).sort();
  const worker = launch(checkout, { command: "worker" });
  expect(await waitUntil(() => worker.output().includes("One more worker is ready"), timeoutMs)).toBe(true);
  worker.child.kill("SIGINT");
  expect(await worker.ended).toEqual([0, null]);
  expect(worker.output()).not.toContain('"msg"');
  const log = join(checkout.dataDir, "logs", `worker-${worker.child.pid}.log`);
  expect(worker.output()).toContain(log);
  expect(readFileSync(log, "utf8")).toContain('"msg":"worker ready"');
  expect(readdirSync(checkout.dataDir).sort()).toEqual(before);
});

test("told to end, it ends everything in order", async () => {
  launcher.child.kill("SIGTERM");
  expect(await launcher.ended).toEqual([0, null]);
  for (const part of runtime.parts) expect(await isAlive(part)).toBe(false);
});
