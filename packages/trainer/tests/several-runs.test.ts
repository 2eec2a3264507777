import { createAdapter, resolveVersion } from "@loraloom/store/adapters";
import { cancelRun, type Run } from "@loraloom/store/runs";
import { listLiveWorkers } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chatLines, longSteps, type RunOptions, startTestRun, uploadFile } from "./support/persona.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

const slots = 3;
let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker({ slots });
});
afterAll(() => shared[Symbol.asyncDispose]());

/** Queues a run of somebody of that name over a file of their own. */
const startFor = async (userId: string, config?: RunOptions): Promise<Run> => {
  const { store, tiny } = shared;
  const scope = { userId, avatarId: "one" };
  await createAdapter(store, scope, { baseModel: tiny.base.modelId });
  await uploadFile(store, scope, { name: "own.jsonl", content: chatLines(12, userId) });
  return startTestRun(store, { base: tiny.base, scope, config: { evaluation: { kind: "none" }, ...config } });
};
const long = { epochs: 1000, maxSteps: 100_000 };
const cancel = ({ userId, avatarId, id }: Run) => cancelRun(shared.store, { userId, avatarId }, id);

test("as many runs as there are slots train at once, and the next one as soon as one ends", async () => {
  const { store } = shared;
  const users = ["ada", "bob", "cy", "dee"];
  const [first, ...others] = await Promise.all(users.map((user) => startFor(user, long)));
  if (!first) throw new Error("no run was started");
  const all = [first, ...others];
  const training = await vi.waitFor(async () => {
    const now = await Promise.all(all.map((run) => whenRun(store, run, () => true)));
    const begun = now.filter(({ progress }) => (progress?.step ?? 0) > 2);
    expect(begun).toHaveLength(slots);
    return begun;
  }, 100_000);
  await vi.waitFor(async () => {
    const [worker] = await listLiveWorkers(store);
    expect(worker?.tokensPerSecond).toBeGreaterThan(0);
  }, 100_000);
  const waiting = all.find(({ id }) => !training.some((run) => run.id === id));
  expect(await whenRun(store, waiting ?? first, () => true)).toMatchObject({ status: "queued", attempt: 0 });
  await cancel(training[0] ?? first);
  await whenRun(store, waiting ?? first, ({ progress }) => progress !== null);
  await Promise.all(all.map(cancel));
  for (const run of all) expect((await endOf(store, run)).status).toBe("cancelled");
});

test("runs that share their passes each publish a version of their own", async () => {
  const { store } = shared;
  const runs = await Promise.all(["eve", "fay", "gus"].map((user) => startFor(user)));
  const ended = await Promise.all(runs.map((run) => endOf(store, run)));
  expect(ended.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(Array(3).fill("completed 1"));
  const versions = await Promise.all(
    ended.map(({ userId, avatarId }) => resolveVersion(store, { userId, avatarId }, undefined)),
  );
  expect(versions.map(({ id }) => id)).toEqual(ended.map(({ versionId }) => versionId));
  expect(new Set(versions.map(({ files }) => JSON.stringify(files))).size).toBe(3);
});

test("when the engine is killed, each of its runs is tried alone and goes on from its own checkpoint", async () => {
  const { store } = shared;
  const options = { ...longSteps, epochs: 1000, maxSteps: 40 };
  const runs = await Promise.all(["hal", "ida"].map((user) => startFor(user, options)));
  for (const run of runs) await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 4);
  shared.killEngine();
  for (const run of runs) {
    expect(await endOf(store, run)).toMatchObject({ status: "completed", failures: 0, crashedStep: null });
    const [, ...resumed] = (await eventsOf(store, run)).filter(({ type }) => type === "run-started");
    expect(resumed).not.toEqual([]);
    for (const { data } of resumed) expect(data).not.toMatchObject({ resumedFromStep: 0 });
  }
});
