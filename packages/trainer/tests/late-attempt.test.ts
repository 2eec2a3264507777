import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { engineKeyOf } from "@loraloom/store/env";
import { cancelRun, claimRun, getRun, type Run, sweepExpiredLeases } from "@loraloom/store/runs";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test, vi } from "vitest";
import type { EngineEvent } from "../src/engine/protocol.ts";
import type { RunContext } from "../src/run/context.ts";
import { whileLeased } from "../src/run/database-patience.ts";
import { holdLease } from "../src/run/hold-lease.ts";
import { publishTrained } from "../src/run/publish.ts";
import { settleRun } from "../src/run/settle-run.ts";
import { RunStopped, stopReasonOf } from "../src/run/stop.ts";
import { type TrainedAdapter, trainOnEngine } from "../src/run/train-on-engine.ts";
import { frozen } from "./support/frozen.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { runContextOf } from "./support/run-context.ts";
import { keysBelow } from "./support/run-state.ts";

const base = {
  modelId: "test/tiny",
  revision: "main",
  dtype: "float32",
  quantization: "none",
  path: "",
} as const;

const setUp = async () => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const scope = await createPersona(store, base);
  await startTestRun(store, { base, scope });
  // A row that is just being tidied is skipped, as a worker's poll would skip it.
  const claim = (leaseSeconds: number): Promise<Run> =>
    vi.waitFor(async () => {
      const run = await claimRun(store, { workerId: "one", engineKey: engineKeyOf(base), leaseSeconds });
      if (!run) throw new Error("There was no run to claim");
      return run;
    }, 100_000);
  const owned = opened.move();
  return { store, scope, claim, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};
type Setup = Awaited<ReturnType<typeof setUp>>;

const trained: TrainedAdapter = {
  type: "run_finished",
  seq: 1,
  at: 1,
  id: "1",
  run_id: "run",
  path: "/nowhere",
  steps: 1,
  tokens: 1,
  seconds: 1,
  final_loss: 1,
  held_out_before: null,
  held_out_after: null,
  stopped_early: false,
  best_step: null,
  peak_memory_bytes: 0,
};

/** A run that one worker lost and another one has. */
const loseRun = async ({ store, claim }: Setup): Promise<{ late: Run; newer: Run }> => {
  const late = await claim(0.2);
  await vi.waitFor(async () => expect(await sweepExpiredLeases(store)).toBe(1), 100_000);
  return { late, newer: await claim(300) };
};

test("a late attempt can't publish: nothing is put", async () => {
  await using setup = await setUp();
  const { late, newer } = await loseRun(setup);
  const publishing = publishTrained(runContextOf(setup.store, late), { frozen, trained });
  await expect(publishing).rejects.toMatchObject({ code: "lease_lost" });
  expect(await keysBelow(setup.store, "/versions/")).toEqual([]);
  expect(await getRun(setup.store, setup.scope, late.id)).toMatchObject({
    attempt: newer.attempt,
    status: "preparing",
  });
});

test.each([
  ["fail", new LoraloomError("no_usable_rows", "none")],
  ["requeue", new LoraloomError("engine_crashed", "gone")],
  ["hand back", new RunStopped("draining")],
  ["cancel", new RunStopped("cancelled")],
])("a late attempt can't %s the newer one", async (_what, error) => {
  await using setup = await setUp();
  const { late, newer } = await loseRun(setup);
  await settleRun(runContextOf(setup.store, late), error);
  const run = await getRun(setup.store, setup.scope, late.id);
  expect(run).toMatchObject({ attempt: newer.attempt, status: "preparing", eventSeq: newer.eventSeq + 1 });
});

/** It does not train. */
const openStep = () => undefined;

test("a lease is renewed as long as it is held, and is lost once the run is somebody else's", async () => {
  await using setup = await setUp();
  const run = await setup.claim(60);
  const fence = { runId: run.id, attempt: run.attempt };
  const draining = new AbortController().signal;
  await using lease = holdLease(setup.store, {
    fence,
    leaseSeconds: 60,
    draining,
    openStep,
    log: setup.store.log,
  });
  const firstEnd = run.leaseExpiresAt?.getTime() ?? 0;
  await vi.waitFor(async () => {
    const { leaseExpiresAt } = await getRun(setup.store, setup.scope, run.id);
    expect(leaseExpiresAt?.getTime()).toBeGreaterThan(firstEnd + 1_000);
  }, 100_000);
  expect(lease.stop.aborted).toBe(false);
  await setup.store.pool.query("update runs set attempt = attempt + 1");
  await vi.waitFor(() => expect(stopReasonOf(lease.stop)).toBe("lease_lost"), 100_000);
});

test("a request to cancel is seen with the next renewal", async () => {
  await using setup = await setUp();
  const run = await setup.claim(300);
  const fence = { runId: run.id, attempt: run.attempt };
  const draining = new AbortController().signal;
  await using lease = holdLease(setup.store, {
    fence,
    leaseSeconds: 300,
    draining,
    openStep,
    log: setup.store.log,
  });
  await cancelRun(setup.store, setup.scope, run.id);
  await vi.waitFor(() => expect(stopReasonOf(lease.stop)).toBe("cancelled"), 100_000);
});

test("a run is handed back from the checkpoint that was told just before the worker ended", async () => {
  await using setup = await setUp();
  const { store, scope } = setup;
  const run = await setup.claim(300);
  await using folder = await checkpointFolder();
  const ending = new AbortController();
  const told = { seq: 1, at: 1, id: "1", run_id: run.id };
  async function* events(): AsyncGenerator<EngineEvent> {
    ending.abort(new RunStopped("draining"));
    yield { ...told, type: "run_checkpointed", step: 0, path: folder.path };
    yield { ...told, type: "run_cancelled", step: 0, checkpoint_path: null };
  }
  const engine = engineThatTells(events());
  const context = { ...runContextOf(store, run, { engine }), stop: ending.signal };
  const input = { frozen, rows: { rowsPath: "", evaluationPath: null }, startFromPath: undefined };
  await settleRun(
    context,
    await trainOnEngine(context, { ...input, checkpointPath: undefined }).catch((error) => error),
  );
  const left = await getRun(store, scope, run.id);
  expect(left).toMatchObject({ status: "queued", failures: 0 });
  expect(left.checkpoint?.files.map(({ name }) => name)).toEqual(["state.safetensors"]);
});

const checkpointFolder = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), "loraloom-checkpoint-"));
  await writeFile(join(path, "state.safetensors"), "weights");
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

const engineThatTells = (events: AsyncGenerator<EngineEvent>): RunContext["engine"] => ({
  ask: () => Promise.reject(new LoraloomError("engine_crashed", "It only tells.")),
  open: () => ({ id: "1", events }),
});

test("a database that stays away longer than the lease ends the attempt here too", async () => {
  await using setup = await setUp();
  const away = { ...setup.store, db: await closedDatabase() };
  const fence = { runId: "run", attempt: 1 };
  const draining = new AbortController().signal;
  await using lease = holdLease(away, { fence, leaseSeconds: 1, draining, openStep, log: setup.store.log });
  expect(stopReasonOf(lease.stop)).toBeUndefined();
  await vi.waitFor(() => expect(stopReasonOf(lease.stop)).toBe("lease_lost"), 100_000);
});

test("a database that answers nothing any more ends the attempt within a lease, and nobody waits for it", async () => {
  await using setup = await setUp();
  const { store } = setup;
  const run = await setup.claim(300);
  const fence = { runId: run.id, attempt: run.attempt };
  const holder = await store.pool.connect();
  await holder.query("begin");
  await holder.query("select 1 from runs where id = $1 for update", [run.id]);
  const draining = new AbortController().signal;
  const lease = holdLease(store, { fence, leaseSeconds: 1, draining, openStep, log: store.log });
  const writing = whileLeased({ ...lease, log: store.log }, () => new Promise(() => {}));
  await expect(writing).rejects.toMatchObject({ reason: "lease_lost" });
  expect(stopReasonOf(lease.stop)).toBe("lease_lost");
  expect(lease.requireLease).toThrow("lease_lost");
  await lease[Symbol.asyncDispose]();
  // The renewal still waits: the database ends this transaction later, which would let it go on.
  await holder.query("commit");
  holder.release();
});

const closedDatabase = async () => {
  const store = await openTestStore();
  await store[Symbol.asyncDispose]();
  return store.db;
};
