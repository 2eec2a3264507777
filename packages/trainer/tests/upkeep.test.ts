import { readdir } from "node:fs/promises";
import { getAdapter, listVersions } from "@loraloom/store/adapters";
import { createBackup, restoreBackup } from "@loraloom/store/backups";
import { eraseFile, eraseScope } from "@loraloom/store/erase";
import { adapterKeys } from "@loraloom/store/keys";
import { rebuild } from "@loraloom/store/rebuild";
import { getRun, sweepSupersededObjects } from "@loraloom/store/runs";
import { inspectLines, openEmptyDatabase } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPersona, type RunOptions, startTestRun } from "./support/persona.ts";
import { endOf, keysBelow, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

const persona = (avatarId: string) => createPersona(shared.store, shared.tiny.base, avatarId);
const start = (scope: Awaited<ReturnType<typeof persona>>, config?: RunOptions) =>
  startTestRun(shared.store, { base: shared.tiny.base, scope, config });

test("a run whose file is erased in its middle ends at once, leaves nothing of it, and frees the engine", async () => {
  const { store } = shared;
  const [scope, other] = [await persona("erased"), await persona("next")];
  const run = await start(scope, { epochs: 1000, maxSteps: 2000 });
  await whenRun(store, run, ({ checkpoint }) => checkpoint !== null);
  const [input] = run.inputs;
  await eraseFile(store, scope, { kind: "training_data", name: input?.name ?? "" });
  expect(await getRun(store, scope, run.id)).toMatchObject({
    status: "failed",
    error: { code: "dataset_erased" },
  });
  expect(await endOf(store, await start(other))).toMatchObject({ status: "completed", attempt: 1 });
  // What its worker was still writing goes with the second sweep.
  await vi.waitFor(async () => {
    await store.db.execute(
      "update runs set sweep_due_at = date_trunc('milliseconds', now() - interval '1 second') where erased_at is not null",
    );
    await sweepSupersededObjects(store);
    expect(await keysBelow(store, adapterKeys(scope).attemptsPrefix(run.id))).toEqual([]);
  }, 100_000);
  expect((await listVersions(store, scope, { limit: 10 })).versions).toEqual([]);
});

test("of an avatar that is erased its worker soon holds no version any more", async () => {
  const { store, worker, config, post } = shared;
  const scope = await persona("forgotten");
  const { versionId } = await endOf(store, await start(scope));
  const answer = await post("/sample", {
    adapter: { ...scope, versionId },
    messages: [{ role: "user", content: "Ahoy!" }],
    maxTokens: 1,
    temperature: 0,
    topP: 1,
    seed: 1,
    stop: [],
  });
  expect(await answer.text()).toContain('"type":"done"');
  const held = async () =>
    (await readdir(config.folder, { recursive: true })).filter((path) =>
      path.includes(versionId ?? worker.id),
    );
  expect(await held()).not.toEqual([]);
  await eraseScope(store, scope);
  await vi.waitFor(async () => expect(await held()).toEqual([]), 100_000);
  expect(store.logged.filter(({ message }) => message.includes("could not be unloaded"))).toEqual([]);
});

test("what a worker has published is backed up, restored, and found again by a rebuild", async () => {
  const { store } = shared;
  const scope = await persona("kept");
  const { versionId } = await endOf(store, await start(scope));
  const backup = await createBackup(store, scope);
  expect(backup).toMatchObject({ versionId, manifest: { dataset: { sha256: expect.any(String) } } });
  const restored = await restoreBackup(store, scope, { backupId: backup.id, publish: "current" });
  await store.background.settled();
  await using empty = await openEmptyDatabase(store);
  expect(await rebuild(empty, { inspect: inspectLines })).toMatchObject({ damaged: { count: 0 } });
  expect(await getAdapter(empty, scope)).toMatchObject({ currentVersion: restored.versionId });
  const { versions } = await listVersions(empty, scope, { limit: 10 });
  expect(versions.map(({ id, state }) => [id, state])).toEqual([
    [restored.versionId, "current"],
    [versionId, "previous"],
  ]);
});
