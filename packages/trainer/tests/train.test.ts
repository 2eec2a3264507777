import { gunzipSync } from "node:zlib";
import { resolveVersion } from "@loraloom/store/adapters";
import { adapterKeys } from "@loraloom/store/keys";
import { getObject } from "@loraloom/store/objects";
import { openTestStore } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorker } from "../src/worker/start-worker.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, keysBelow } from "./support/run-state.ts";
import { makeTinyBase, type TinyBase } from "./support/tiny-base.ts";
import { createWorkerConfig } from "./support/worker-config.ts";

let tiny: TinyBase;
beforeAll(async () => {
  tiny = await makeTinyBase();
});
afterAll(() => tiny[Symbol.asyncDispose]());

const setUp = async () => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const config = opened.use(await createWorkerConfig(tiny));
  const worker = opened.use(await startWorker(config, { store, log: store.log }));
  const scope = await createPersona(store, tiny.base);
  const owned = opened.move();
  return { store, config, worker, scope, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

test("files become a published version that tells what it was made of", async () => {
  await using setup = await setUp();
  const { store, scope } = setup;
  const run = await endOf(store, await startTestRun(store, { base: tiny.base, scope }));
  expect(run).toMatchObject({ status: "completed", attempt: 1, error: null });
  const version = await resolveVersion(store, scope, undefined);
  expect(version).toMatchObject({ id: run.versionId, state: "current", metrics: { steps: 6 } });
  const manifest = await getObject(store.objects, {
    key: adapterKeys(scope).versionFile(version.id, "manifest.json"),
  });
  expect(JSON.parse(Buffer.from((await manifest?.bytes()) ?? []).toString())).toMatchObject({
    version: version.id,
    runId: run.id,
    files: version.files,
    dataset: { sha256: run.frozen?.datasetSha256 },
  });
  expect((await eventsOf(store, run)).map(({ type }) => type)).toEqual([
    "run-queued",
    "run-claimed",
    "rows-frozen",
    "run-started",
    "evaluated",
    ...["progress", "progress", "checkpointed", "progress", "progress", "checkpointed", "progress", "progress"],
    ...(await eventsOf(store, run)).slice(13).map(({ type }) => type),
  ]);
});

test("a file that is not used is absent from the frozen rows", async () => {
  await using setup = await setUp();
  const { store, scope } = setup;
  const run = await endOf(store, await startTestRun(store, { base: tiny.base, scope }));
  const rows = await getObject(store.objects, { key: run.frozen?.rowsKey ?? "" });
  const lines = gunzipSync((await rows?.bytes()) ?? new Uint8Array()).toString();
  expect(lines).toContain("sea.jsonl");
  expect(lines).not.toContain("secret.jsonl");
  expect(run.frozen).toMatchObject({ examples: 12, evaluationExamples: 4 });
  expect(await keysBelow(store, `/runs/${run.id}/`)).toContain(run.frozen?.rowsKey);
});
