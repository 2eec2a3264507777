import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive, readStartTime } from "../src/process-identity.ts";
import { readLastRuntime } from "../src/runtime-file.ts";
import { waitUntil } from "../src/wait-until.ts";
import { askWorker, createCheckout, killAll, launch, partOf, untilReady } from "./fixture-launcher.ts";

const timeoutMs = 100_000;
test("starts everything from a path with spaces, keeps secrets private, and stops without a trace, told once or again", async () => {
  await using checkout = await createCheckout();
  const launcher = launch(checkout);
  const runtime = await untilReady(checkout, launcher);
  expect(runtime.parts.map(({ name }) => name)).toEqual(["postgres", "seaweedfs", "host", "worker"]);
  expect(await (await fetch(`${runtime.url}/health/live`)).json()).toMatchObject({ hasDatabase: true });
  const read = (name: string) => readFileSync(join(checkout.dataDir, name), "utf8");
  for (const name of ["secrets.json", "runtime.json"]) {
    expect(statSync(join(checkout.dataDir, name)).mode & 0o777).toBe(0o600);
  }

  const { postgresPassword, s3, jwtKey, gatewayToken } = JSON.parse(read("secrets.json"));
  for (const secret of [postgresPassword, s3.secretAccessKey, jwtKey, gatewayToken]) {
    expect(read("runtime.json")).not.toContain(secret);
    expect(launcher.output()).not.toContain(secret);
  }

  // A signal that comes once more while it stops changes nothing.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    launcher.child.kill("SIGTERM");
    await waitUntil(() => launcher.output().includes("Stopping"), timeoutMs);
    launcher.child.kill(signal);
  }
  expect(await launcher.ended).toEqual([0, null]);
  for (const part of runtime.parts) expect(await isAlive(part)).toBe(false);
  expect(existsSync(join(checkout.dataDir, "runtime.json"))).toBe(false);
});

test("with port 0 it takes free ones and finds its parts there; it stops also where nobody reads its words", async () => {
  await using checkout = await createCheckout();
  const launcher = launch(checkout, { env: { LORALOOM_PORT: "0", LORALOOM_GATEWAY_PORT: "0" } });
  const runtime = await untilReady(checkout, launcher);
  expect((await fetch(`${runtime.url}/health/live`)).ok).toBe(true);
  expect(await askWorker(checkout, runtime)).toMatchObject({ restarts: 0 });
  launcher.child.stdout.destroy();
  launcher.child.stderr.destroy();
  launcher.child.kill("SIGTERM");
  expect(await launcher.ended).toEqual([0, null]);
  for (const part of runtime.parts) expect(await isAlive(part)).toBe(false);
});

test("Ctrl-C once more while something takes its time ends everything at once", async () => {
  await using checkout = await createCheckout();
  const launcher = launch(checkout, { env: { FIXTURE_IS_BUSY: "true" } });
  const runtime = await untilReady(checkout, launcher);
  launcher.child.kill("SIGINT");
  await waitUntil(() => launcher.output().includes("Ctrl-C again ends everything at once"), timeoutMs);
  // A signal right after the first is the same Ctrl-C, passed on by npm; a person presses it again.
  const pressAgain = () => {
    launcher.child.kill("SIGINT");
    return launcher.child.exitCode !== null;
  };
  expect(await waitUntil(pressAgain, timeoutMs)).toBe(true);
  for (const part of runtime.parts) expect(await isAlive(part)).toBe(false);
  expect(existsSync(join(checkout.dataDir, "runtime.json"))).toBe(false);
});

test("a part that is killed starts again alone, and what it left behind is ended", async () => {
  await using checkout = await createCheckout();
  const runtime = await untilReady(checkout, launch(checkout));
  const worker = partOf(runtime, "worker");
  const { engine } = await askWorker(checkout, runtime);
  process.kill(worker.pid, "SIGKILL");
  const current = () => readLastRuntime(checkout.dataDir) as typeof runtime;
  expect(await waitUntil(() => partOf(current(), "worker").pid !== worker.pid, timeoutMs)).toBe(true);
  expect(await readStartTime(engine)).toBeNull();
  for (const name of ["postgres", "seaweedfs", "host"]) {
    expect(partOf(current(), name)).toEqual(partOf(runtime, name));
    expect(await isAlive(partOf(current(), name))).toBe(true);
  }
});

test("after kill -9 of the launcher the next one ends the orphans and starts on the same ports", async () => {
  await using checkout = await createCheckout();
  const first = launch(checkout);
  const before = await untilReady(checkout, first);
  first.child.kill("SIGKILL");
  await first.ended;
  for (const part of before.parts) expect(await isAlive(part)).toBe(true);

  const after = await untilReady(checkout, launch(checkout));
  for (const part of before.parts) expect(await isAlive(part)).toBe(false);
  expect(after.url).toBe(before.url);
});

test("after kill -9 of everything the next launcher starts", async () => {
  await using checkout = await createCheckout();
  const before = await untilReady(checkout, launch(checkout));
  await killAll(checkout.dataDir);
  const after = await untilReady(checkout, launch(checkout));
  for (const part of after.parts) expect(await readStartTime(part.pid)).toBe(part.startTime);
  expect(after.launcher.pid).not.toBe(before.launcher.pid);
});
