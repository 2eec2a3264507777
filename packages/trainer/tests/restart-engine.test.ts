import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { BaseModel } from "../src/engine/load-engine.ts";
import { longSteps, startTestRun } from "./support/persona.ts";
import { readLines } from "./support/read-lines.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { tinyEngine } from "./support/tiny-engine.ts";
import type { WorkerProcess } from "./support/worker-process.ts";
import { setUpWorkers, type WorkerSetup } from "./support/worker-setup.ts";

/** One worker for all tests, in the order of the file. */
let setup: WorkerSetup;
let worker: WorkerProcess;
let base: BaseModel;
beforeAll(async () => {
  const tiny = await tinyEngine();
  base = tiny.base;
  setup = await setUpWorkers(tiny, { LORALOOM_ENGINE_SPARE: "true" });
  worker = setup.startWorker();
  await worker.said("worker ready");
});
afterAll(() => setup[Symbol.asyncDispose]());

const pidsOf = (message: string): (number | undefined)[] =>
  worker.logged.filter(({ msg }) => msg === message).map(({ enginePid }) => enginePid);
const engines = () => pidsOf("engine ready");
const interpreters = () => pidsOf("spare interpreter started");
const countOf = (message: string): number => pidsOf(message).length;

const processOf = async (pid: number | undefined): Promise<{ parent: number; group: number }> => {
  const { stdout } = await execa("ps", ["-o", "ppid=,pgid=", "-p", String(pid)]);
  const [parent = 0, group = 0] = stdout.trim().split(/\s+/).map(Number);
  return { parent, group };
};

const restartMilliseconds = (): number => {
  const timeOf = (message: string) => Number(worker.logged.findLast(({ msg }) => msg === message)?.time);
  return timeOf("engine ready") - timeOf("starting another engine");
};

const waiting = { timeout: 100_000, interval: 5 };
const whenReady = (times: number): Promise<void> =>
  vi.waitFor(() => expect(engines()).toHaveLength(times), waiting);
const ask = async (path: string, body?: object): Promise<Response> => {
  const { url } = await worker.said("worker ready");
  return fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${setup.config.gateway.token}`, "content-type": "application/json" },
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });
};
/** The engine that was asked for last serves: one before it may have been ready for a moment. */
const whenServing = (): Promise<void> =>
  expect.poll(async () => (await ask("/health")).json(), waiting).toMatchObject({ ready: true });

/** The newest: what the worker logs is read somewhat later than it answers. */
const livingEngine = (): Promise<number> =>
  vi.waitFor(() => {
    const pid = engines().at(-1) ?? 0;
    process.kill(pid, 0);
    return pid;
  }, waiting);

test("engine and interpreter are in the worker's process group, so that what ends the group ends them", async () => {
  const engine = await processOf(engines()[0]);
  expect(engine.group).toBe((await processOf(worker.pid)).group);
  expect(engine.group).toBe((await processOf(engine.parent)).group);
});

test("SIGUSR2 in the middle of a run gives the worker another engine, and the run is completed", async () => {
  const { store, scope } = setup;
  const config = { ...longSteps, epochs: 1000, maxSteps: 60 };
  const run = await startTestRun(store, { base, scope, config });
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= 3);
  worker.kill("SIGUSR2");
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const starts = (await eventsOf(store, run)).filter(({ type }) => type === "run-started");
  expect(starts[1]?.data).not.toMatchObject({ resumedFromStep: 0 });
  const [first, second] = engines();
  expect(second).toBeDefined();
  expect(second).not.toBe(first);
});

test("each engine is forked from one interpreter, also the one that the next change replaces at once", async ({
  annotate,
}) => {
  const before = engines().length;
  worker.kill("SIGUSR2");
  await whenReady(before + 1);
  await annotate(`from the signal to a ready engine: ${restartMilliseconds()} ms`);
  worker.kill("SIGUSR2");
  await whenReady(before + 2);
  await annotate(`from the next signal to a ready engine: ${restartMilliseconds()} ms`);
  expect(interpreters()).toHaveLength(1);
  expect(new Set(engines())).toHaveLength(before + 2);
  expect((await processOf(engines().at(-1))).parent).toBe(interpreters()[0]);
});

test("a change while the engine of the last one still loads is not kept waiting by it", async () => {
  const ended = "the engine ended as it was told to; starting another";
  const [asked, ends] = [countOf("starting another engine"), countOf(ended)];
  worker.kill("SIGUSR2");
  await vi.waitFor(() => expect(countOf(ended)).toBe(ends + 1), waiting);
  worker.kill("SIGUSR2");
  await vi.waitFor(() => expect(countOf("starting another engine")).toBe(asked + 2), waiting);
  await whenServing();
  expect(worker.logged.filter(({ msg }) => msg.startsWith("the engine can't be started"))).toEqual([]);
});

test("a chat that an engine's restart interrupts ends with an error that says to try again", async () => {
  const answer = await ask("/sample", {
    adapter: null,
    messages: [{ role: "user", content: "Ahoy!" }],
    // Many seconds of work: it is interrupted in its middle.
    maxTokens: 12_000,
    temperature: 0,
    topP: 1,
    seed: 1,
    stop: [],
  });
  const lines = readLines(answer);
  expect((await lines.next()).value).toMatchObject({ type: "token" });
  worker.kill("SIGUSR2");
  const rest = await Array.fromAsync(lines);
  expect(rest.at(-1)).toMatchObject({ type: "error", error: { code: "engine_crashed", retryable: true } });
  await whenServing();
});

test("an interpreter that is killed with its engine is replaced with it", async () => {
  const engine = await livingEngine();
  const ready = engines().length;
  const [interpreter = 0] = interpreters();
  // Stopped, it neither ends before its engine nor has another one started when that ends.
  process.kill(interpreter, "SIGSTOP");
  for (const pid of [engine, interpreter]) process.kill(pid, "SIGKILL");
  await whenReady(ready + 1);
  expect(interpreters()).toHaveLength(2);
});

test("a worker that ends leaves no spare interpreter behind", async () => {
  worker.kill("SIGTERM");
  expect(await worker.exited).toMatchObject({ exitCode: 0 });
  for (const pid of interpreters()) expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
});
