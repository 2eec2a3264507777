/** What a worker that ends between any two steps of a freeze leaves behind, and what the next attempt makes of it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { engineKeyOf } from "@loraloom/store/env";
import { claimRun, type Run, sweepExpiredLeases, sweepSupersededObjects } from "@loraloom/store/runs";
import { endPause, expireLease, openTestStore } from "@loraloom/store/testing";
import { type Fault, startFaultProxy, testServices } from "@loraloom/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { loadEngine } from "../src/engine/load-engine.ts";
import { fetchFrozenRows } from "../src/freeze/fetch-frozen.ts";
import { freezeRows } from "../src/freeze/freeze-rows.ts";
import type { RunContext } from "../src/run/context.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { runContextOf } from "./support/run-context.ts";
import { keysBelow } from "./support/run-state.ts";
import { tinyEngine } from "./support/tiny-engine.ts";

const cleanup = new AsyncDisposableStack();
const setUp = async () => {
  const proxy = cleanup.use(await startFaultProxy({ target: testServices().s3.endpoint }));
  const store = cleanup.use(await openTestStore({ endpoint: proxy.url }));
  const tiny = await tinyEngine();
  const engine = await loadEngine(tiny, store.log);
  cleanup.defer(() => engine.end());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-freeze-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  return { proxy, store, base: tiny.base, engine, folder };
};
let parts: Awaited<ReturnType<typeof setUp>>;
beforeAll(async () => {
  parts = await setUp();
});
afterAll(() => cleanup.disposeAsync());

const claim = (): Promise<Run> =>
  vi.waitFor(async () => {
    const engineKey = engineKeyOf(parts.base);
    const run = await claimRun(parts.store, { workerId: "one", engineKey, leaseSeconds: 3_600 });
    return run ?? expect.unreachable("There was no run to claim.");
  }, 100_000);

const contextOf = (run: Run): RunContext => {
  const { store, engine, folder } = parts;
  return runContextOf(store, run, { engine, folder });
};

/** The worker is gone without a word: its lease runs out, and a host's sweep gives the run to the next one. */
const takeBack = async ({ id }: Run): Promise<Run> => {
  const { store } = parts;
  await expireLease(store, id);
  expect(await sweepExpiredLeases(store)).toBe(1);
  await store.background.settled();
  await endPause(store, id);
  return claim();
};

const linesOf = async (path: string | null): Promise<{ source: { name: string } }[]> =>
  gunzipSync(await readFile(path ?? ""))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The store takes the PUT and its answer never comes, or it takes none. */
const endAt = (kind: Fault["kind"], file: string): Fault => ({
  kind,
  matches: ({ method, path }) => method === "PUT" && path.includes(file),
});

test.each([
  ["before its rows are put", endAt("unavailable", "/rows.jsonl.gz"), 2],
  ["before the held-out rows are put", endAt("unavailable", "/evaluation.jsonl.gz"), 2],
  ["before its description is put", endAt("unavailable", "/dataset.json"), 2],
  ["before it is recorded", endAt("lose-answer", "/dataset.json"), 2],
  ["after it was recorded", undefined, 1],
])("a freeze that ends %s", async (_when, fault, frozenBy) => {
  const { store, proxy, base } = parts;
  const scope = await createPersona(store, base, `avatar-${crypto.randomUUID()}`);
  const { id } = await startTestRun(store, { base, scope });
  const first = await claim();
  proxy.setFault(fault ?? { kind: "slow", times: 0 });
  const freezing = freezeRows(contextOf(first));
  if (fault) await expect(freezing).rejects.toMatchObject({ code: "storage_unavailable" });
  else await freezing;
  proxy.setFault();

  const second = await takeBack(first);
  expect(second).toMatchObject({ id, attempt: 2 });
  const frozen = second.frozen ?? (await freezeRows(contextOf(second)));
  const { rowsPath, evaluationPath } = await fetchFrozenRows(contextOf(second), frozen);
  expect((await linesOf(rowsPath)).map(({ source }) => source.name)).toEqual(Array(12).fill("sea.jsonl"));
  expect((await linesOf(evaluationPath)).map(({ source }) => source.name)).toEqual(
    Array(4).fill("held.jsonl"),
  );

  await store.pool.query("update runs set sweep_due_at = now() where id = $1", [id]);
  await sweepSupersededObjects(store);
  const { rowsKey, evaluationKey, datasetKey } = frozen;
  expect(rowsKey).toContain(`/attempts/${frozenBy}/`);
  const kept = [datasetKey, evaluationKey, rowsKey].sort();
  expect((await keysBelow(store, `/runs/${id}/attempts/`)).sort()).toEqual(kept);
});
