/** Runs that don't come to their end undisturbed: cancelled, kept, held by a limit, and with a damaged checkpoint. */
import { deleteAdapter, resolveVersion } from "@loraloom/store/adapters";
import { putObject } from "@loraloom/store/objects";
import { cancelRun, type Run } from "@loraloom/store/runs";
import { setLimits } from "@loraloom/store/usage";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPersona, longSteps, type RunOptions, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, holdBack, keysBelow, leftOver, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker({ slots: 1 });
});
afterAll(() => shared[Symbol.asyncDispose]());

/** An avatar of its own for a test. */
const persona = (avatarId: string) => createPersona(shared.store, shared.tiny.base, avatarId);
const start = (scope: Awaited<ReturnType<typeof persona>>, config?: RunOptions): Promise<Run> =>
  startTestRun(shared.store, { base: shared.tiny.base, scope, config });
const longRun = { epochs: 1000, maxSteps: 2000 };
const damage = async ({ checkpoint }: Run): Promise<void> => {
  for (const { key } of checkpoint?.files ?? [])
    await putObject(shared.store.objects, { key, body: "other bytes" });
};

test("a damaged checkpoint costs its steps, not the run", async () => {
  const { store } = shared;
  const run = await start(await persona("damaged"), { ...longSteps, epochs: 1000, maxSteps: 40 });
  await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 4);
  shared.killEngine();
  const left = await holdBack(shared.store, run);
  await damage(left);
  const ended = await endOf(store, run);
  expect(ended).toMatchObject({ status: "completed", attempt: 2 });
  const resumed = (await eventsOf(store, run)).findLast(({ type }) => type === "run-started");
  expect(resumed?.data).toMatchObject({ resumedFromStep: 0 });
  // What was trained twice is billed once.
  expect(ended).toMatchObject({ billedStep: 40, billedTokens: ended.progress?.tokens });
  expect(ended.billedSeconds).toBeGreaterThan(0);
});

test("a run whose user reaches a limit waits with a checkpoint, and goes on there once he may use more", async () => {
  const { store } = shared;
  const scope = await persona("limited");
  const run = await start(scope, { ...longSteps, epochs: 1000, maxSteps: 300 });
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= 2);
  await setLimits(store, scope.userId, { tokensPerDay: 1 });
  const waiting = await whenRun(store, run, ({ status }) => status === "queued");
  expect(waiting).toMatchObject({ heldBy: "tokensPerDay", failures: 0, billedSeconds: expect.any(Number) });
  const step = waiting.checkpoint?.step ?? 0;
  expect(step).toBeGreaterThanOrEqual(2);
  await setLimits(store, scope.userId, { tokensPerDay: null });
  const ended = await endOf(store, run);
  expect(ended).toMatchObject({ status: "completed", attempt: 2, billedTokens: ended.progress?.tokens });
  const resumed = (await eventsOf(store, run)).findLast(({ type }) => type === "run-started");
  expect(resumed?.data).toMatchObject({ resumedFromStep: step });
});

test("a run that is cancelled in its middle ends once and frees the engine", async () => {
  const { store } = shared;
  const scope = await persona("cancelled");
  const run = await start(scope, longRun);
  await whenRun(store, run, ({ progress }) => progress !== null);
  await cancelRun(store, scope, run.id);
  expect(await endOf(store, run)).toMatchObject({ status: "cancelled", versionId: null });
  expect((await eventsOf(store, run)).at(-1)).toMatchObject({
    type: "run-cancelled",
    data: { reason: "requested" },
  });
  const next = await endOf(store, await start(scope));
  expect(next).toMatchObject({ status: "completed", attempt: 1 });
});

test("a run that is cancelled in its middle takes at most three steps more", async () => {
  const { store } = shared;
  const scope = await persona("at-once");
  const run = await start(scope, { ...longSteps, ...longRun });
  await whenRun(store, run, ({ progress }) => progress !== null);
  const { progress } = await cancelRun(store, scope, run.id);
  const ended = await endOf(store, run);
  // One that is told already, the one that shows the wish, and the one that is then under way.
  expect(ended.progress?.step).toBeLessThanOrEqual((progress?.step ?? 0) + 3);
});

/** Has a run stand in a phase, in which what it puts is not answered until `letGo`. */
const heldIn = async (scope: Awaited<ReturnType<typeof persona>>, part: string) => {
  const { proxy, store } = shared;
  proxy.setFault({ kind: "hold", matches: ({ method, path }) => method === "PUT" && path.includes(part) });
  const letGo = () => proxy.setFault();
  const run = await start(scope);
  await vi.waitUntil(() => proxy.hits() > 0, { timeout: 200_000, interval: 20 });
  return { run: await whenRun(store, run, () => true), letGo, [Symbol.dispose]: letGo };
};

/** With its next heartbeat a worker is told what is wished of its run. */
const whenTold = ({ store }: SharedWorker, run: Run): Promise<Run> =>
  whenRun(store, run, ({ leaseExpiresAt }) => Number(leaseExpiresAt) > Number(run.leaseExpiresAt));

test.each([
  ["prepared", "preparing", "/attempts/"],
  ["exported", "exporting", "/versions/"],
])(
  "a run that is cancelled while it is %s ends once, leaves nothing and frees the engine",
  async (_, phase, part) => {
    const { store } = shared;
    const scope = await persona(`cancelled-${phase}`);
    using held = await heldIn(scope, part);
    expect(held.run.status).toBe(phase);
    await whenTold(shared, await cancelRun(store, scope, held.run.id));
    held.letGo();
    const ended = await endOf(store, held.run);
    expect(ended).toMatchObject({ status: "cancelled", versionId: null, attempt: 1 });
    const types = (await eventsOf(store, ended)).map(({ type }) => type);
    expect(types.at(-1)).toBe("run-cancelled");
    expect(types.includes("run-started")).toBe(phase === "exporting");
    expect(await leftOver(store, ended)).toEqual([]);
    const next = await endOf(store, await start(scope));
    expect(next).toMatchObject({ status: "completed", attempt: 1 });
    const keys = await keysBelow(store, `/${scope.avatarId}/`);
    expect(new Set(keys.flatMap((key) => /\/versions\/([^/]+)/.exec(key)?.[1] ?? []))).toEqual(
      new Set([next.versionId]),
    );
  },
);

test("a run that is cancelled and kept leaves a candidate of its last step, and frees the engine", async () => {
  const { store } = shared;
  const scope = await persona("kept");
  const run = await start(scope, longRun);
  await whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= 3);
  await cancelRun(store, scope, run.id, { keep: "checkpoint" });
  const kept = await endOf(store, run);
  expect(kept).toMatchObject({ status: "cancelled", attempt: 1, error: null });
  const version = await resolveVersion(store, scope, kept.versionId ?? "");
  expect(version).toMatchObject({ state: "candidate", metrics: { steps: kept.progress?.step } });
  expect(await keysBelow(store, `/versions/${version.id}/`)).toHaveLength(3);
  expect(await leftOver(store, run)).toEqual([]);
  expect(await endOf(store, await start(scope))).toMatchObject({ status: "completed", attempt: 1 });
});

test("a run that waits with a checkpoint is kept by the next worker that is free", async () => {
  const { store } = shared;
  const scope = await persona("kept-later");
  const run = await start(scope, { ...longSteps, ...longRun });
  await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 2);
  shared.killEngine();
  const saved = (await holdBack(shared.store, run)).checkpoint?.step ?? 0;
  expect(await cancelRun(store, scope, run.id, { keep: "checkpoint" })).toMatchObject({ status: "queued" });
  const kept = await endOf(store, run);
  expect(kept).toMatchObject({ status: "cancelled", attempt: 2 });
  const version = await resolveVersion(store, scope, kept.versionId ?? "");
  expect(version.state).toBe("candidate");
  // The engine may take a step before it is told to finish.
  expect(version.metrics.steps).toBeGreaterThanOrEqual(saved);
  expect(version.metrics.steps).toBeLessThan(longRun.maxSteps);
});

test("a run that is to be kept, and whose checkpoint is damaged, ends without a version", async () => {
  const { store } = shared;
  const scope = await persona("kept-damaged");
  const run = await start(scope, { ...longSteps, ...longRun });
  await whenRun(store, run, ({ checkpoint }) => (checkpoint?.step ?? 0) >= 2);
  shared.killEngine();
  await damage(await holdBack(store, run));
  await cancelRun(store, scope, run.id, { keep: "checkpoint" });
  expect(await endOf(store, run)).toMatchObject({
    status: "cancelled",
    attempt: 2,
    versionId: null,
    error: { code: "nothing_to_keep" },
  });
});

test("a run whose adapter is deleted in its middle ends cancelled for that reason", async () => {
  const { store } = shared;
  const scope = await persona("deleted");
  const run = await start(scope, longRun);
  await whenRun(store, run, ({ progress }) => progress !== null);
  await deleteAdapter(store, scope);
  expect(await endOf(store, run)).toMatchObject({ status: "cancelled", versionId: null });
  expect((await eventsOf(store, run)).at(-1)).toMatchObject({ data: { reason: "adapter_deleted" } });
});
