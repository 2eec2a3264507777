/** Chats with a run while it trains, through the real host; the workers are fixture programs. */
import { recordProgress } from "@loraloom/store/runs";
import type { RunStatus } from "@loraloom/store/tables";
import { claimNextRun } from "@loraloom/store/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { type Behaviour, done, type FixtureGateway, startFixtureGateway } from "./testing/fixture-gateway.ts";
import { queueRun } from "./testing/queue-run.ts";
import {
  type RunningHost,
  startConnectedHost,
  startTestHost,
  testPatience,
} from "./testing/start-test-host.ts";

let running: RunningHost;
let workers = new AsyncDisposableStack();
beforeAll(async () => {
  running = await startConnectedHost();
});
afterEach(async () => {
  await workers.disposeAsync();
  workers = new AsyncDisposableStack();
  await running.store.pool.query("delete from workers");
  // So that the next test's run is the next in the queue.
  await running.store.pool.query("update runs set status = 'cancelled'");
});
afterAll(() => running[Symbol.asyncDispose]());

const { step: _step, ...withoutStep } = done;
type Target = { userId: string; avatarId: string; runId: string };

const startWorker = async (id: string, behaviour: Behaviour): Promise<FixtureGateway> =>
  workers.use(
    await startFixtureGateway(running.store, {
      id,
      token: running.host.config.gatewayToken,
      behaviour,
    }),
  );

const says =
  (text: string, step: number): Behaviour =>
  (write, response) => {
    write({ type: "token", text });
    write({ ...done, step });
    response.end();
  };

const doesNotTrain: Behaviour = (write, response) => {
  const error = { code: "run_not_training", message: "No.", remedy: "-", retryable: false } as const;
  write({ type: "error", error: { ...error, fault: "user" } });
  response.end();
};

const ask = async (target: Target & { version?: string }, { api }: Pick<RunningHost, "api"> = running) => {
  const messages = [{ role: "user" as const, content: "Hello" }];
  return Array.fromAsync(await api.chat.mutate({ ...target, messages }));
};

const isQueued = (avatarId: string): Promise<Target> => queueRun(running, avatarId);

/** A run of a new avatar that trains on the worker `holder`. */
const trains = async (avatarId: string): Promise<Target> => {
  const target = await isQueued(avatarId);
  const run = await claimNextRun(running.store, "holder");
  expect(run.id).toBe(target.runId);
  const progress = { step: 7, steps: 100, epoch: 1, loss: 1, learningRate: 1e-4 };
  await recordProgress(
    running.store,
    { runId: target.runId, attempt: run.attempt },
    { ...progress, tokens: 1, tokensPerSecond: 1, etaSeconds: 1 },
  );
  return target;
};

const becomes = (status: RunStatus, { runId }: Target) =>
  running.store.pool.query("update runs set status = $1, version_id = 'v1' where id = $2", [status, runId]);

test("a run that trains is asked of the worker that holds it, and the step that answered is told", async () => {
  const target = await trains("live");
  const holder = await startWorker("holder", says("seven", 7));
  const other = await startWorker("other", says("no", 0));
  for (let asked = 0; asked < 4; asked += 1) {
    expect(await ask(target)).toEqual([
      { type: "token", text: "seven" },
      { ...withoutStep, version: null, run: { id: target.runId, step: 7 } },
    ]);
  }
  expect(holder.requests[0]).toMatchObject({ adapter: target });
  expect(other.requests).toEqual([]);
});

test.each<[RunStatus, RegExp]>([
  ["queued", /waits in the queue/],
  ["exporting", /is being published/],
  ["completed", /it gave version 'v1'/],
  ["failed", /has failed/],
  ["cancelled", /was cancelled/],
])("a run that is %s says so", async (status, message) => {
  const target = await isQueued(`is-${status}`);
  await becomes(status, target);
  await startWorker("holder", says("no", 0));
  expect(await refusalOf(ask(target))).toMatchObject({
    code: "run_not_training",
    message: expect.stringMatching(message),
    details: { status, versionId: status === "completed" ? "v1" : null },
    remedy: expect.stringContaining("version"),
  });
});

test("an unknown run, another user's and another avatar's are not found", async () => {
  const target = await trains("mine");
  const foreign = [{ runId: "unknown" }, { userId: "bob" }, { avatarId: "other" }];
  for (const change of foreign) {
    expect(await refusalOf(ask({ ...target, ...change }))).toMatchObject({ code: "run_not_found" });
  }
});

test("a run whose worker is gone is not waited for", async () => {
  const target = await trains("orphan");
  await startWorker("other", says("no", 0));
  await using patient = await startTestHost(
    running.parts,
    {},
    { patience: { ...testPatience, worker: 3_600_000 } },
  );
  await patient.connected;
  const api = patient.client(running.serviceKey);
  expect(await refusalOf(ask(target, { api }))).toMatchObject({
    code: "worker_unreachable",
    retryable: true,
    message: expect.stringContaining("'holder'"),
  });
});

test("a run that ended before its worker was asked names the version that it gave", async () => {
  const target = await trains("just-ended");
  await startWorker("holder", async (write, response) => {
    await becomes("completed", target);
    doesNotTrain(write, response);
  });
  expect(await refusalOf(ask(target))).toMatchObject({
    code: "run_not_training",
    message: expect.stringContaining("'v1'"),
  });
});

test("a run that its worker does not have any more, or not yet, may be asked again", async () => {
  const target = await trains("moving");
  await startWorker("holder", doesNotTrain);
  expect(await refusalOf(ask(target))).toMatchObject({ code: "worker_unreachable", retryable: true });
});

test("a version and a run can't both answer", async () => {
  const target = await isQueued("both");
  expect(await refusalOf(ask({ ...target, version: "base" }))).toMatchObject({
    code: "bad_option",
    message: expect.stringContaining(`version = 'base' and runId = '${target.runId}'`),
  });
});
