import { deleteAdapter, resolveVersion, type Version } from "@loraloom/store/adapters";
import { adapterKeys } from "@loraloom/store/keys";
import { versionsWith } from "@loraloom/store/lineage";
import { putObject } from "@loraloom/store/objects";
import type { Run } from "@loraloom/store/runs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPersona, longSteps, type RunOptions, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

const ended = async (avatarId: string, config: RunOptions): Promise<Run> =>
  endOf(shared.store, await started(avatarId, config));
const started = async (avatarId: string, config: RunOptions): Promise<Run> => {
  const scope = await createPersona(shared.store, shared.tiny.base, avatarId);
  return startTestRun(shared.store, { base: shared.tiny.base, scope, config });
};

/** A version that has learned something. */
const trained = async (avatarId: string): Promise<Version> => {
  const run = await ended(avatarId, { learningRate: 0.01, schedule: "constant" });
  return resolveVersion(shared.store, { userId: run.userId, avatarId }, run.versionId ?? "");
};
const from = ({ avatarId, id }: Version) => ({ startFrom: { avatarId, version: id } });

test("a run goes on from another avatar's version, is measured against it, and leaves its lineage", async () => {
  const { store } = shared;
  const parent = await trained("parent");
  const child = await ended("child", from(parent));
  expect(child.status).toBe("completed");
  expect(child.heldOutBefore).toBeCloseTo(parent.metrics.heldOutAfter ?? 0, 5);
  expect(parent.metrics.heldOutAfter).toBeLessThan((parent.metrics.heldOutBefore ?? 0) - 0.1);
  const holders = await versionsWith(store, parent, { kind: "training_data", name: "sea.jsonl" });
  expect(holders.versions).toContainEqual(
    expect.objectContaining({ version: child.versionId, avatarId: "child" }),
  );
});

test("after the engine was killed it goes on from its checkpoint", async () => {
  const { store } = shared;
  const parent = await trained("outlives");
  shared.killEngineAtCheckpoint(4);
  const run = await started("killed", { ...from(parent), ...longSteps, epochs: 1000, maxSteps: 40 });
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const resumed = (await eventsOf(store, run)).findLast(({ type }) => type === "run-started");
  expect(resumed?.data).not.toMatchObject({ resumedFromStep: 0 });
});

test("a version whose bytes are others than were published is not trained on", async () => {
  const { store } = shared;
  const parent = await trained("damaged");
  const key = adapterKeys(parent).versionFile(parent.id, "adapter_model.safetensors");
  await putObject(store.objects, { key, body: "other bytes" });
  const run = await ended("warned", from(parent));
  expect(run).toMatchObject({ status: "failed", versionId: null });
  expect(run.error?.details).toMatchObject({ cause: { code: "corrupt_adapter" } });
});

test("a version that is deleted before its run begins fails it by name", async () => {
  const { store } = shared;
  const parent = await trained("deleted");
  await deleteAdapter(store, parent);
  expect(await ended("orphan", from(parent))).toMatchObject({
    status: "failed",
    attempt: 1,
    error: { code: "adapter_not_found" },
  });
});

test("another form than the version's fails the run before its first step", async () => {
  const parent = await trained("narrow");
  const run = await ended("wide", { ...from(parent), rank: 8 });
  expect(run).toMatchObject({ status: "failed", attempt: 1, progress: null });
  expect(run.error).toMatchObject({ code: "bad_option", message: expect.stringMatching(/rank 8.*has 4/) });
});
