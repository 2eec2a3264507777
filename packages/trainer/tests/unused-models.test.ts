import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { engineKeyOf } from "@loraloom/store/env";
import { type AvatarScope, adapterKeys } from "@loraloom/store/keys";
import { putObject } from "@loraloom/store/objects";
import { claimRun, publishVersion, reserveVersion } from "@loraloom/store/runs";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import type { EngineStream } from "../src/engine/connection.ts";
import type { AnswerOf, EngineEvent, FieldsOf, SingleAnswer } from "../src/engine/protocol.ts";
import { type AdapterRef, createAdapterCache } from "../src/gateway/adapter-cache.ts";
import { type TrainedAdapter, trainOnEngine } from "../src/run/train-on-engine.ts";
import { frozen } from "./support/frozen.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { runContextOf } from "./support/run-context.ts";
import { tinyEngine } from "./support/tiny-engine.ts";

/** Versions of one file each, which is 2 bytes long, and an engine that holds those that it is given. */
const setUp = async (...names: string[]) => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-adapters-"));
  opened.defer(() => rm(folder, { recursive: true }));
  const { base } = await tinyEngine();
  const scope = await createPersona(store, base);
  const versions: AdapterRef[] = [];
  for (const name of names) {
    await startTestRun(store, { base, scope });
    const versionId = await publishWith(store, scope, { name, key: engineKeyOf(base) });
    versions.push({ ...scope, versionId });
  }
  const held = new Set<string>();
  const engine = engineThatHolds(held);
  const cache = createAdapterCache(store, { engine, folder, log: store.log });
  const useOnce = async (ref: AdapterRef | undefined) => {
    if (ref) await (await cache.lend(ref))[Symbol.asyncDispose]();
  };
  const ids = versions.map(({ versionId }) => versionId);
  const owned = opened.move();
  return {
    store,
    scope,
    base,
    folder,
    versions,
    ids,
    held,
    engine,
    cache,
    useOnce,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
const [anAdapter, aModel] = ["adapter_config.json", "config.json"] as const;

test("of the whole models that nobody uses one is kept, and all adapters", async () => {
  await using setup = await setUp(anAdapter, aModel, aModel);
  const { versions, ids, held, cache, useOnce, folder } = setup;
  const [adapter, first, second] = versions as [AdapterRef, AdapterRef, AdapterRef];

  await useOnce(adapter);
  const used = await cache.lend(first);
  await useOnce(second);
  expect(held).toEqual(new Set(ids));
  await used[Symbol.asyncDispose]();
  expect(held).toEqual(new Set([adapter, second].map(({ versionId }) => versionId)));
  expect(await readdir(folder)).toHaveLength(2);
});

test("where memory is short a model that nobody uses goes before an adapter", async () => {
  await using setup = await setUp(anAdapter, aModel, anAdapter);
  const { store, versions, ids, held, folder } = setup;
  const roomForTwo: typeof setup.engine = {
    ask: async (type, fields) => {
      if (type === "load_adapter" && held.size === 2)
        throw new LoraloomError("out_of_memory", "There is room for two.");
      return setup.engine.ask(type, fields);
    },
  };
  const cache = createAdapterCache(store, { engine: roomForTwo, folder, log: store.log });
  for (const version of versions) await (await cache.lend(version))[Symbol.asyncDispose]();
  expect(held).toEqual(new Set([ids[0], ids[2]]));
});

test.each([
  { missing: 2, makesRoom: true },
  { missing: 3, makesRoom: false },
])(
  "a run that lacks $missing bytes gets those 2 of a model that nobody asks: $makesRoom",
  async ({ missing, makesRoom }) => {
    await using setup = await setUp(aModel, anAdapter);
    const { store, scope, base, versions, ids, held, engine, cache, useOnce } = setup;
    for (const version of versions) await useOnce(version);
    expect(cache.idleBytes()).toBe(2);
    await startTestRun(store, { base, scope });
    const run = await claimRun(store, { workerId: "test", engineKey: engineKeyOf(base), leaseSeconds: 300 });
    if (!run) throw new LoraloomError("run_not_found", "No run is queued.");
    const started: Set<string>[] = [];
    const open = (): EngineStream => {
      started.push(new Set(held));
      return { id: "1", events: trainsWhere(held.size < 2, missing) };
    };
    const context = runContextOf(store, run, { engine: { ...engine, open }, makeRoom: cache.makeRoom });
    const input = { frozen, rows: { rowsPath: "", evaluationPath: null } };
    const training = trainOnEngine(context, {
      ...input,
      startFromPath: undefined,
      checkpointPath: undefined,
    });

    if (makesRoom) await expect(training).resolves.toEqual(finished);
    else await expect(training).rejects.toMatchObject({ code: "out_of_memory" });
    expect(started).toEqual(makesRoom ? [new Set(ids), new Set([ids[1]])] : [new Set(ids)]);
  },
);

async function* trainsWhere(fits: boolean, missing: number): AsyncGenerator<EngineEvent> {
  if (fits) yield finished;
  const details = { memory_bytes: 10, free_memory_bytes: 10 - missing };
  yield { ...told, type: "run_failed", code: "out_of_memory", message: "It does not fit.", details };
}

/** Publishes the queued run with one file of this name, which tells what the version is. */
const publishWith = async (
  store: Store,
  scope: AvatarScope,
  { name, key: engineKey }: { name: string; key: string },
): Promise<string> => {
  const run = await claimRun(store, { workerId: "test", engineKey, leaseSeconds: 300 });
  if (!run) throw new LoraloomError("run_not_found", "No run is queued.");
  const fence = { runId: run.id, attempt: run.attempt };
  const versionId = await reserveVersion(store, fence);
  await putObject(store.objects, { key: adapterKeys(scope).versionFile(versionId, name), body: "{}" });
  const files = [{ name, size: 2, sha256: createHash("sha256").update("{}").digest("hex") }];
  await publishVersion(store, fence, { files, metrics, templateVariables: {} });
  return versionId;
};

const told = { seq: 1, at: 1, id: "1", run_id: "run" };
const finished: TrainedAdapter = {
  ...told,
  type: "run_finished",
  path: "/nowhere",
  steps: 1,
  tokens: 1,
  seconds: 1,
  final_loss: 1,
  held_out_before: null,
  held_out_after: null,
  stopped_early: false,
  best_step: null,
  peak_memory_bytes: 1,
};
const metrics = { steps: 1, tokens: 1, seconds: 1, finalLoss: 1, heldOutBefore: null, heldOutAfter: null };

/** Its memory is a set of names. */
const engineThatHolds = (held: Set<string>) => ({
  ask: async <Type extends SingleAnswer>(type: Type, fields: FieldsOf<Type>): Promise<AnswerOf<Type>> => {
    const name = "adapter" in fields ? String(fields.adapter) : "";
    if (type === "load_adapter") held.add(name);
    else held.delete(name);
    return { type: "result", seq: 1, at: 1, id: "1", parameters: 1 } as AnswerOf<Type>;
  },
});
