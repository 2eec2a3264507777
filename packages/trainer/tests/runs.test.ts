import { readdir } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { resolveVersion } from "@loraloom/store/adapters";
import { deleteFile } from "@loraloom/store/files";
import { adapterKeys, fileKey } from "@loraloom/store/keys";
import { getObject, putObject } from "@loraloom/store/objects";
import { cancelRun, deleteRun, type Run, requireFrozen, rerun } from "@loraloom/store/runs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPersona, type RunOptions, startTestRun, uploadFile } from "./support/persona.ts";
import { endOf, eventsOf, keysBelow, leftOver, whenRun } from "./support/run-state.ts";
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
const readText = async (key: string): Promise<string> =>
  Buffer.from((await (await getObject(shared.store.objects, { key }))?.bytes()) ?? []).toString();

test("files become a published version that tells what it was made of", async () => {
  const { store } = shared;
  const scope = await persona("whole");
  const run = await endOf(store, await start(scope));
  expect(run).toMatchObject({ status: "completed", attempt: 1, error: null });
  const version = await resolveVersion(store, scope, undefined);
  expect(version).toMatchObject({ id: run.versionId, state: "current", metrics: { steps: 6 } });
  const manifest = await readText(adapterKeys(scope).versionFile(version.id, "manifest.json"));
  expect(JSON.parse(manifest)).toMatchObject({
    version: version.id,
    runId: run.id,
    files: version.files,
    engineKey: run.engineKey,
    dataset: { sha256: run.frozen?.datasetSha256 },
    templateVariables: { date_string: expect.stringMatching(/^\d\d \w{3} \d{4}$/) },
  });
});

test("a run tells its steps in order, from the queue to the version", async () => {
  const { store } = shared;
  const run = await endOf(store, await start(await persona("told"), { maxSteps: 3 }));
  expect((await eventsOf(store, run)).map(({ type }) => type)).toEqual([
    "run-queued",
    "run-claimed",
    "rows-frozen",
    "run-started",
    "evaluated",
    "progress",
    "progress",
    "checkpointed",
    "progress",
    "evaluated",
    "run-exporting",
    "run-completed",
  ]);
});

test("a file that is not used is absent from the frozen rows", async () => {
  const { store } = shared;
  const run = await endOf(store, await start(await persona("excluded")));
  const rows = await getObject(store.objects, { key: run.frozen?.rowsKey ?? "" });
  const lines = gunzipSync((await rows?.bytes()) ?? new Uint8Array()).toString();
  expect(lines).toContain("sea.jsonl");
  expect(lines).not.toContain("secret.jsonl");
  expect(lines).not.toContain("held.jsonl");
  expect(run.frozen).toMatchObject({ examples: 12, evaluationExamples: 4 });
  expect(await readText(run.frozen?.datasetKey ?? "")).not.toContain("secret.jsonl");
});

test("a split holds rows out of training by their content", async () => {
  const { store } = shared;
  const evaluation = { kind: "split", share: 0.3, seed: 1 } as const;
  const run = await endOf(store, await start(await persona("split"), { evaluation }));
  expect(run.status).toBe("completed");
  const { examples = 0, evaluationExamples = 0 } = run.frozen ?? {};
  expect(examples + evaluationExamples).toBe(12);
  expect(evaluationExamples).toBeGreaterThan(0);
});

test("a run outlives a database that drops every connection", async () => {
  const { store } = shared;
  const run = await start(await persona("cut-off"), { epochs: 1000, maxSteps: 40 });
  await whenRun(store, run, ({ progress }) => progress !== null);
  await store.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  expect(await endOf(store, run)).toMatchObject({ status: "completed", attempt: 1 });
});

test("a run is trained again on rows of one that was deleted since, with another rate", async () => {
  const { store } = shared;
  const scope = await persona("again");
  const first = await endOf(store, await start(scope));
  const config = { ...first.config, learningRate: 1e-5, maxSteps: 3 };
  const again = await rerun(store, requireFrozen(first), { config, epochs: 1 });
  await deleteRun(store, scope, first.id);
  await deleteFile(store, scope, { kind: "training_data", name: "sea.jsonl" });
  const run = await endOf(store, again);
  expect(run).toMatchObject({ status: "completed", rerunOf: first.id, progress: { steps: 3 } });
  expect(run.frozen?.rowsKey).toContain(`/runs/${run.id}/attempts/0/`);
  expect(await leftOver(store, run)).toEqual([]);
});

test("a file that changes before it is frozen fails the run by its name", async () => {
  const { store } = shared;
  const scope = await persona("changed");
  const blocker = await start(await persona("blocker"), longRun);
  await whenRun(store, blocker, ({ progress }) => progress !== null);
  const run = await start(scope);
  await putObject(store.objects, { key: fileKey(scope, "training_data", "sea.jsonl"), body: "{}" });
  await cancelRun(store, { userId: blocker.userId, avatarId: blocker.avatarId }, blocker.id);
  expect(await endOf(store, run)).toMatchObject({
    status: "failed",
    attempt: 1,
    error: { code: "dataset_changed", details: { name: "sea.jsonl" } },
  });
});

test("a file that is deleted after it was frozen changes nothing", async () => {
  const { store } = shared;
  const scope = await persona("frozen");
  const run = await start(scope, { epochs: 1000, maxSteps: 100 });
  await whenRun(store, run, ({ frozen }) => frozen !== null);
  await deleteFile(store, scope, { kind: "training_data", name: "sea.jsonl" });
  expect(await endOf(store, run)).toMatchObject({ status: "completed" });
});

test("a run without a usable row fails and says how many it read", async () => {
  const { store } = shared;
  const scope = await persona("unusable");
  const run = await endOf(store, await start(scope, { maxLength: 2, overLength: "drop" }));
  expect(run).toMatchObject({ status: "failed", attempt: 1, error: { code: "no_usable_rows" } });
  expect(run.error?.message).toContain("'sea.jsonl'");
  expect(store.logged).toContainEqual({
    level: "info",
    message: "the attempt failed",
    fields: { runId: run.id, attempt: 1, code: "no_usable_rows" },
  });
});

test("a loss that is not finite fails the run and the next one works", async () => {
  const { store } = shared;
  const scope = await persona("explodes");
  const run = await endOf(
    store,
    await start(scope, {
      learningRate: 1e30,
      schedule: "constant",
      warmupRatio: 0,
      maxGradNorm: 1e30,
      maxSteps: 40,
    }),
  );
  expect(run).toMatchObject({ status: "failed", attempt: 1, error: { code: "non_finite_loss" } });
  expect(await keysBelow(store, `/avatars/explodes/adapters/versions/`)).toEqual([]);
  expect(await endOf(store, await start(scope))).toMatchObject({ status: "completed" });
});

test("a run for a candidate publishes without changing what readers see", async () => {
  const { store } = shared;
  const scope = await persona("candidate");
  const run = await endOf(store, await start(scope, { publish: "candidate" }));
  expect(run.status).toBe("completed");
  await expect(resolveVersion(store, scope, undefined)).rejects.toMatchObject({ code: "no_current_version" });
  expect(await resolveVersion(store, scope, run.versionId ?? "")).toMatchObject({ state: "candidate" });
});

test.each([
  ["answered 503", { kind: "unavailable", times: 2 }],
  ["cut in their middle", { kind: "cut-body", times: 2 }],
  ["done, but their answer is lost", { kind: "lose-answer", times: 2 }],
] as const)("puts of a version that are %s leave one visible version", async (_name, fault) => {
  const { store, proxy } = shared;
  const scope = await persona(`fault-${fault.kind}`);
  proxy.setFault({
    ...fault,
    matches: ({ method, path }) =>
      method === "PUT" && path.includes("/versions/") && path.includes(scope.avatarId),
  });
  const run = await endOf(store, await start(scope));
  expect(proxy.hits()).toBe(2);
  proxy.setFault();
  expect(run).toMatchObject({ status: "completed", attempt: 1 });
  const keys = await keysBelow(store, `/avatars/${scope.avatarId}/adapters/versions/`);
  const versions = new Set(keys.map((key) => key.split("/versions/")[1]?.split("/")[0]));
  expect([...versions]).toEqual([run.versionId]);
  expect(keys).toHaveLength(3);
});

test("an uploaded file that is larger than a connection's buffer is trained on", async () => {
  const { store } = shared;
  const scope = await persona("larger");
  const padding = "wave ".repeat(60);
  const rows = Array.from({ length: 400 }, (_, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `${index} ${padding}` },
        { role: "assistant", content: "Aye." },
      ],
    }),
  );
  await uploadFile(store, scope, { name: "large.jsonl", content: rows.join("\n") });
  const run = await endOf(store, await start(scope, { maxSteps: 2, maxLength: 512 }));
  expect(run).toMatchObject({ status: "completed", frozen: { examples: 412 } });
});

test("no local file of a run is left", async () => {
  const { folder } = shared.config;
  // A run ends a moment before its files go.
  await vi.waitFor(async () => {
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.includes("run-"))).toEqual([]);
  }, 100_000);
});
