import type { AvatarScope } from "@loraloom/store/keys";
import { openTestStore, type TestStore } from "@loraloom/store/testing";
import type { EngineOptions } from "../../src/engine/load-engine.ts";
import type { WorkerConfig } from "../../src/worker/worker-parts.ts";
import { createPersona } from "./persona.ts";
import { createWorkerConfig } from "./worker-config.ts";
import { spawnWorker, type WorkerProcess, workerEnvironment } from "./worker-process.ts";

/** An avatar with files to train on, and workers as processes, which go with it. */
export type WorkerSetup = AsyncDisposable & {
  store: TestStore;
  config: WorkerConfig;
  scope: AvatarScope;
  environment: Record<string, string>;
  startWorker(): WorkerProcess;
};

/** @param changes variables of the workers' environment */
export const setUpWorkers = async (
  tiny: EngineOptions,
  changes: Record<string, string> = {},
): Promise<WorkerSetup> => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const config = opened.use(await createWorkerConfig(tiny));
  const environment = { ...workerEnvironment(store.config, config), ...changes };
  const scope = await createPersona(store, tiny.base);
  const owned = opened.move();
  return {
    store,
    config,
    scope,
    environment,
    startWorker: () => owned.use(spawnWorker(environment)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
