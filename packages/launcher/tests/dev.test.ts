import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readLastRuntime } from "../src/runtime-file.ts";
import { askWorker, createCheckout, launch, partOf, untilReady, writeCode } from "./fixture-launcher.ts";

const waiting = { timeout: 100_000, interval: 50 };

const startDev = async () => {
  await using opened = new AsyncDisposableStack();
  const checkout = opened.use(await createCheckout());
  const launcher = launch(checkout, { command: "dev" });
  const runtime = await untilReady(checkout, launcher);
  // Printed once changes are watched for.
  await vi.waitFor(() => expect(launcher.output()).toContain("serves at"), waiting);
  const askHost = async () => (await (await fetch(`${runtime.url}/health/live`)).json()) as HostAnswer;
  const owned = opened.move();
  return { checkout, runtime, askHost, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};
type HostAnswer = { pid: number; version: number };

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev();
});
afterAll(() => dev[Symbol.asyncDispose]());

test("a change of the host or the router is live in another host, and the worker goes on", async () => {
  const { checkout, runtime, askHost } = dev;
  const first = await askHost();
  await writeCode(checkout.root, "packages/router/src/version.ts", "export const version = 2;");
  await vi.waitFor(async () => expect((await askHost()).version).toBe(2), waiting);
  const second = await askHost();
  expect(second.pid).not.toBe(first.pid);
  const main = join(checkout.root, "packages/host/src/main.ts");
  await cp(main, `${main}.copy`);
  await cp(`${main}.copy`, main);
  await vi.waitFor(async () => expect((await askHost()).pid).not.toBe(second.pid), waiting);
  const now = readLastRuntime(checkout.dataDir) ?? runtime;
  expect(partOf(now, "worker")).toEqual(partOf(runtime, "worker"));
  expect((await askWorker(checkout, runtime)).restarts).toBe(0);
});

test("each change of the engine's Python code asks the worker for another engine, and the host goes on", async () => {
  const { checkout, runtime, askHost } = dev;
  const host = await askHost();
  for (const change of [1, 2]) {
    await writeCode(checkout.root, "packages/trainer/python/loraloom_engine/loop.py", `CHANGE = ${change}\n`);
    await vi.waitFor(async () => expect((await askWorker(checkout, runtime)).restarts).toBe(change), waiting);
  }
  expect(await askHost()).toEqual(host);
});
