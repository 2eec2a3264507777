import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEngine } from "../../src/engine/load-engine.ts";
import type { SpareInterpreter } from "../../src/engine/spare-interpreter.ts";
import { createAdapterCache } from "../../src/gateway/adapter-cache.ts";
import type { SharedWorker } from "./shared-worker.ts";

/** An engine beside the worker's, with room for one adapter, to look at from inside; one at a time. */
export const startEngineBeside = async (
  { store, tiny }: Pick<SharedWorker, "store" | "tiny">,
  startEngine: SpareInterpreter["startEngine"],
) => {
  await using opened = new AsyncDisposableStack();
  const { log } = store;
  const engine = await loadEngine(tiny, log, startEngine);
  opened.defer(() => engine.end());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-adapters-"));
  opened.defer(() => rm(folder, { recursive: true }));
  const adapters = createAdapterCache(store, { engine, folder, log, capacity: 1 });
  const owned = opened.move();
  return { engine, adapters, folder, log, store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};
