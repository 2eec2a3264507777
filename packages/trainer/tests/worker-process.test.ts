import { readdir } from "node:fs/promises";
import { platform } from "node:os";
import { resolveVersion } from "@loraloom/store/adapters";
import { eraseScope } from "@loraloom/store/erase";
import { type Run, sweepExpiredLeases, sweepSupersededObjects } from "@loraloom/store/runs";
import { expireLease } from "@loraloom/store/testing";
import { setLimits } from "@loraloom/store/usage";
import { execaSync } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { EngineOptions } from "../src/engine/load-engine.ts";
import { longSteps, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, keysBelow, leftOver, whenRun } from "./support/run-state.ts";
import { tinyEngine } from "./support/tiny-engine.ts";
import { spawnWorker, type WorkerProcess } from "./support/worker-process.ts";
import { setUpWorkers, type WorkerSetup } from "./support/worker-setup.ts";

let tiny: EngineOptions;
/** Four tests hand a worker on, in the order of the file: what one of them leaves has a run of the next. */
let setup: WorkerSetup;
let current: WorkerProcess;
beforeAll(async () => {
  tiny = await tinyEngine();
  setup = await setUpWorkers(tiny);
  current = setup.startWorker();
});
afterAll(() => setup[Symbol.asyncDispose]());

/** Long enough that something can be done in its middle. */
const longRun = { ...longSteps, epochs: 1000, maxSteps: 60 };
const startLongRun = (): Promise<Run> =>
  startTestRun(setup.store, { base: tiny.base, scope: setup.scope, config: longRun });

/** The lease of a worker that is gone runs out, which its last words may have put off, and a side job sees it. */
const takeBack = async (run: Run): Promise<void> =>
  vi.waitFor(async () => {
    await expireLease(setup.store, run.id);
    expect(await sweepExpiredLeases(setup.store)).toBe(1);
  }, 100_000);

test("a run whose worker is killed is finished by the next start and leaves nothing over", async () => {
  const { store, config } = setup;
  const run = await startLongRun();
  await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 4);
  current.kill("SIGKILL");
  await current.exited;
  await takeBack(run);
  current = setup.startWorker();
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 2 });
  const starts = (await eventsOf(store, run)).filter(({ type }) => type === "run-started");
  expect(starts.map(({ data }) => data)).toMatchObject([{ resumedFromStep: 0 }, { steps: 60 }]);
  expect(starts[1]?.data).not.toMatchObject({ resumedFromStep: 0 });
  expect(await leftOver(store, run)).toEqual([]);
  // The killed worker's local files are gone; the second one's folder is there.
  expect(await readdir(config.folder)).toHaveLength(1);
});

const versionFolders = async (): Promise<Set<string>> =>
  new Set(
    (await keysBelow(setup.store, "/versions/")).flatMap((key) => /versions\/([^/]+)/.exec(key)?.[1] ?? []),
  );

test("a worker that slept past its lease can neither publish nor fail the newer attempt", async () => {
  const { store, scope } = setup;
  const before = await versionFolders();
  const run = await startLongRun();
  const late = current;
  await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 4);
  late.kill("SIGSTOP");
  await takeBack(run);
  current = setup.startWorker();
  const completed = await endOf(store, run);
  expect(completed).toMatchObject({ status: "completed", attempt: 2 });
  await sweepSupersededObjects(store);
  const kept = await keysBelow(store, run.id);
  late.kill("SIGCONT");
  await late.said("left the run; nothing more is written");
  const { versionId, eventSeq } = completed;
  expect(await whenRun(store, run, () => true)).toMatchObject({ status: "completed", versionId, eventSeq });
  expect((await resolveVersion(store, scope, undefined)).id).toBe(versionId);
  await sweepSupersededObjects(store);
  expect(await versionFolders()).toEqual(before.add(versionId ?? ""));
  late.kill("SIGTERM");
  await late.exited;
  expect(await keysBelow(store, run.id)).toEqual(kept);
  expect(await keysBelow(store, `/versions/${versionId}/`)).toHaveLength(3);
});

/** What an engine can see of the worker's environment; another process's can be read on Linux only. */
const expectNoSecrets = (
  { environment: given }: WorkerSetup,
  { enginePid }: { enginePid?: number },
): void => {
  if (platform() !== "linux") return;
  const environment = execaSync("cat", [`/proc/${enginePid}/environ`]).stdout;
  const commandLine = execaSync("cat", [`/proc/${enginePid}/cmdline`]).stdout;
  for (const secret of ["DATABASE_URL", "S3_SECRET_ACCESS_KEY", "LORALOOM_GATEWAY_TOKEN"]) {
    expect(environment).not.toContain(secret);
    expect(environment + commandLine).not.toContain(given[secret]);
  }
};

test("a worker hides its secrets from its engine and, told to end, hands its run back from a checkpoint", async () => {
  const { store, config } = setup;
  expectNoSecrets(setup, await current.said("engine ready"));
  const run = await startLongRun();
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= 3);
  current.kill("SIGTERM");
  expect(await current.exited).toMatchObject({ exitCode: 0 });
  expect(await readdir(config.folder)).toEqual([]);
  const handedBack = await whenRun(store, run, () => true);
  expect(handedBack).toMatchObject({ status: "queued", failures: 0 });
  const { step } = handedBack.checkpoint ?? {};
  expect(step).toBe(handedBack.progress?.step);
  current = setup.startWorker();
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const resumed = (await eventsOf(store, run)).findLast(({ type }) => type === "run-started");
  expect(resumed?.data).toMatchObject({ resumedFromStep: step });
});

test("a worker for one run ends with it; one that finds none, or whose run is left or erased, says so by its exit code", async () => {
  const { store, scope, environment } = setup;
  current.kill("SIGTERM");
  await current.exited;
  const run = await startTestRun(store, { base: tiny.base, scope });
  await using once = spawnWorker(environment, [], ["--once"]);
  expect(await once.exited).toMatchObject({ exitCode: 0 });
  expect(await whenRun(store, run, () => true)).toMatchObject({ status: "completed", attempt: 1 });
  await using idle = spawnWorker({ ...environment, LORALOOM_ONCE_WAIT_SECONDS: "0.1" }, [], ["--once"]);
  expect(await idle.exited).toMatchObject({ exitCode: 3 });
  const long = await startLongRun();
  await using told = spawnWorker(environment, [], ["--once"]);
  await whenRun(store, long, ({ progress }) => (progress?.step ?? 0) >= 3);
  told.kill("SIGTERM");
  expect(await told.exited).toMatchObject({ exitCode: 4 });
  expect(await whenRun(store, long, () => true)).toMatchObject({ status: "queued", failures: 0 });
  await using erased = spawnWorker(environment, [], ["--once"]);
  await whenRun(store, long, ({ attempt, status }) => attempt === 2 && status === "training");
  await eraseScope(store, scope);
  expect(await erased.exited).toMatchObject({ exitCode: 0 });
});

/** A disk of 200 kB at the folder; where nobody may mount one, the kernel refuses larger files in its place. */
const smallDisk = (folder: string): string[] => {
  const mounted = [
    ...["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"],
    `mount -t tmpfs -o size=200k tmpfs "$0" && exec "$@"`,
    folder,
  ];
  const [file = "", ...args] = [...mounted, "true"];
  const mayMount = execaSync(file, args, { reject: false }).exitCode === 0;
  return mayMount ? mounted : ["sh", "-c", 'ulimit -f 100 && exec "$0" "$@"'];
};

test("a full disk is a coded error with the folder, and the next run works", async () => {
  await using setup = await setUpWorkers(tiny);
  const { store, scope, config } = setup;
  await using worker = spawnWorker(setup.environment, smallDisk(config.folder));
  await worker.said("worker ready");
  const large = await startTestRun(store, { base: tiny.base, scope, config: { rank: 16 } });
  const failed = await endOf(store, large);
  expect(failed).toMatchObject({
    status: "failed",
    error: { code: "attempts_exhausted", details: { cause: { code: "disk_full" } } },
  });
  expect(failed.error?.message).toContain(config.folder);
  const small = await startTestRun(store, { base: tiny.base, scope });
  expect(await endOf(store, small)).toMatchObject({ status: "completed" });
});

test("a worker waits for a database that is not up yet, and says so", async () => {
  await using setup = await setUpWorkers(tiny);
  const nowhere = { ...setup.environment, DATABASE_URL: "postgres://nobody:secret-word@127.0.0.1:9/none" };
  await using worker = spawnWorker(nowhere);
  const line = await worker.said("waiting for the store");
  expect(line).toMatchObject({ reason: expect.stringContaining("127.0.0.1:9") });
  expect(JSON.stringify(worker.logged)).not.toContain("secret-word");
  worker.kill("SIGTERM");
  expect(await worker.exited).toMatchObject({ exitCode: 0 });
});

test("a worker without its variables names every one that is missing", async () => {
  await using worker = spawnWorker({ DATABASE_URL: "", LORALOOM_BASE_PATH: "" });
  const { code } = await worker.said("the worker can't go on");
  expect(code).toBe("bad_configuration");
  expect(await worker.exited).toMatchObject({ exitCode: 1 });
  const text = JSON.stringify(worker.logged);
  for (const name of ["DATABASE_URL", "LORALOOM_BASE_PATH", "S3_BUCKET", "LORALOOM_GATEWAY_TOKEN"])
    expect(text).toContain(name);
});

test("a worker that would bill nothing where costs are limited says so, and one for a single run ends", async () => {
  await using setup = await setUpWorkers(tiny);
  await setLimits(setup.store, "ada", { costPerMonth: 5 });
  await using worker = spawnWorker(setup.environment);
  const line = await worker.said("this worker takes no run");
  expect(line).toMatchObject({ code: "bad_configuration" });
  expect(JSON.stringify(line)).toContain("LORALOOM_PRICE_PER_GPU_HOUR");
  await worker.said("worker ready");
  await using single = spawnWorker(setup.environment, [], ["--once"]);
  expect(await single.said("the worker can't go on")).toMatchObject({ code: "bad_configuration" });
  expect(await single.exited).toMatchObject({ exitCode: 1 });
});

test("a base model that is not there ends the worker with its place", async () => {
  await using setup = await setUpWorkers(tiny);
  await using worker = spawnWorker({ ...setup.environment, LORALOOM_BASE_PATH: "/nowhere/base" });
  const line = await worker.said("the worker can't go on");
  expect(line).toMatchObject({ code: "unknown_base_model" });
  expect(JSON.stringify(line)).toContain("/nowhere/base");
  expect(await worker.exited).toMatchObject({ exitCode: 1 });
});
