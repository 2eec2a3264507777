import { execa } from "execa";
import { beforeAll, expect, test, vi } from "vitest";
import type { EngineOptions } from "../src/engine/load-engine.ts";
import { startTestRun } from "./support/persona.ts";
import { readLines } from "./support/read-lines.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { tinyEngine } from "./support/tiny-engine.ts";
import type { WorkerProcess } from "./support/worker-process.ts";
import { setUpWorkers } from "./support/worker-setup.ts";

// Each test starts engines, and their interpreter imports torch.
vi.setConfig({ testTimeout: 120_000 });

let tiny: EngineOptions;
beforeAll(async () => {
  tiny = await tinyEngine();
});

const setUp = async () => {
  const setup = await setUpWorkers(tiny, { LORALOOM_ENGINE_SPARE: "true" });
  return { ...setup, worker: setup.startWorker() };
};

const pidsOf = ({ logged }: WorkerProcess, message: string): (number | undefined)[] =>
  logged.filter(({ msg }) => msg === message).map(({ pid }) => pid);

const processOf = async (pid: number | undefined): Promise<{ parent: number; group: number }> => {
  const { stdout } = await execa("ps", ["-o", "ppid=,pgid=", "-p", String(pid)]);
  const [parent = 0, group = 0] = stdout.trim().split(/\s+/).map(Number);
  return { parent, group };
};

const restartMilliseconds = ({ logged }: WorkerProcess): number => {
  const timeOf = (message: string) => Number(logged.findLast(({ msg }) => msg === message)?.time);
  return timeOf("engine ready") - timeOf("starting another engine");
};

const whenReady = (worker: WorkerProcess, times: number): Promise<void> =>
  vi.waitFor(() => expect(pidsOf(worker, "engine ready")).toHaveLength(times), {
    timeout: 50_000,
    interval: 20,
  });

test("SIGUSR2 in the middle of a run gives the worker another engine, and the run is completed", async () => {
  await using setup = await setUp();
  const { store, worker, scope } = setup;
  const run = await startTestRun(store, {
    base: tiny.base,
    scope,
    config: { epochs: 1000, maxSteps: 100 },
  });
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= 3);
  worker.kill("SIGUSR2");
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const starts = (await eventsOf(store, run)).filter(({ type }) => type === "run-started");
  expect(starts[1]?.data).not.toMatchObject({ resumedFromStep: 0 });
  const [first, second] = pidsOf(worker, "engine ready");
  expect(second).toBeDefined();
  expect(second).not.toBe(first);
});

test("each engine is forked from one interpreter, also the one that the next change replaces at once", async ({
  annotate,
}) => {
  await using setup = await setUp();
  const { worker } = setup;
  await worker.said("worker ready");
  worker.kill("SIGUSR2");
  await whenReady(worker, 2);
  await annotate(`from the signal to a ready engine: ${restartMilliseconds(worker)} ms`);
  worker.kill("SIGUSR2");
  await whenReady(worker, 3);
  await annotate(`from the next signal to a ready engine: ${restartMilliseconds(worker)} ms`);
  const interpreters = pidsOf(worker, "spare interpreter started");
  expect(interpreters).toHaveLength(1);
  const engines = pidsOf(worker, "engine ready");
  expect(new Set(engines)).toHaveLength(3);
  expect((await processOf(engines[2])).parent).toBe(interpreters[0]);
});

test("a change while the engine of the last one still loads is not kept waiting by it", async () => {
  await using setup = await setUp();
  const { worker } = setup;
  await worker.said("worker ready");
  worker.kill("SIGUSR2");
  await worker.said("the engine ended as it was told to; starting another");
  worker.kill("SIGUSR2");
  await whenReady(worker, 2);
  expect(worker.logged.filter(({ msg }) => msg === "starting another engine")).toHaveLength(2);
  expect(worker.logged.filter(({ msg }) => msg.startsWith("the engine can't be started"))).toEqual([]);
});

test("an interpreter that is killed with its engine is replaced with it", async () => {
  await using setup = await setUp();
  const { worker } = setup;
  await worker.said("worker ready");
  const [engine, interpreter] = [
    ...pidsOf(worker, "engine ready"),
    ...pidsOf(worker, "spare interpreter started"),
  ];
  for (const pid of [interpreter, engine]) process.kill(pid ?? 0, "SIGKILL");
  await whenReady(worker, 2);
  expect(pidsOf(worker, "spare interpreter started")).toHaveLength(2);
});

test("engine and interpreter are in the worker's process group, so that what ends the group ends them", async () => {
  await using setup = await setUp();
  const { worker } = setup;
  await worker.said("worker ready");
  const engine = await processOf(pidsOf(worker, "engine ready")[0]);
  expect(engine.group).toBe((await processOf(worker.pid)).group);
  expect(engine.group).toBe((await processOf(engine.parent)).group);
});

test("a worker that ends leaves no spare interpreter behind", async () => {
  await using setup = await setUp();
  const { worker } = setup;
  await worker.said("worker ready");
  const [spare] = pidsOf(worker, "spare interpreter started");
  worker.kill("SIGTERM");
  expect(await worker.exited).toMatchObject({ exitCode: 0 });
  expect(() => process.kill(spare ?? 0, 0)).toThrow("ESRCH");
});

test("a chat that an engine's restart interrupts ends with an error that says to try again", async () => {
  await using setup = await setUp();
  const { worker, config } = setup;
  const { url } = await worker.said("worker ready");
  const answer = await fetch(`${url}/sample`, {
    method: "POST",
    headers: { authorization: `Bearer ${config.gateway.token}`, "content-type": "application/json" },
    body: JSON.stringify({
      adapter: null,
      messages: [{ role: "user", content: "Ahoy!" }],
      maxTokens: 400,
      temperature: 1,
      topP: 1,
      seed: 1,
      stop: [],
    }),
  });
  const lines = readLines(answer);
  expect((await lines.next()).value).toMatchObject({ type: "token" });
  worker.kill("SIGUSR2");
  const rest = await Array.fromAsync(lines);
  expect(rest.at(-1)).toMatchObject({ type: "error", error: { code: "engine_crashed", retryable: true } });
});
