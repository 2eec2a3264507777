import { openTestStore, type TestStore } from "@loraloom/store/testing";
import { createRegistry } from "@loraloom/telemetry";
import { type FaultProxy, startFaultProxy, testServices } from "@loraloom/testkit";
import type { EngineOptions } from "../../src/engine/load-engine.ts";
import { tallyObjectRequests } from "../../src/worker/object-tally.ts";
import { startWorker, type Worker } from "../../src/worker/start-worker.ts";
import type { WorkerConfig } from "../../src/worker/worker-parts.ts";
import { sharedInterpreter, tinyEngine } from "./tiny-engine.ts";
import { createWorkerConfig, gatewayToken } from "./worker-config.ts";

export type SharedWorker = AsyncDisposable & {
  store: TestStore;
  tiny: EngineOptions;
  worker: Worker;
  config: WorkerConfig;
  /** Between worker and S3 server. */
  proxy: FaultProxy;
  /** Posts to the worker's gateway with its token. */
  post: (path: string, body: object, signal?: AbortSignal) => Promise<Response>;
  /** Kills the engine of this moment the hard way. */
  killEngine: () => void;
  /** The same as soon as a checkpoint of that step is put: the one before it is recorded, and no time is lost. */
  killEngineAtCheckpoint: (step: number) => void;
};

/**
 * One worker in this process for all tests of a file: an engine takes seconds to start.
 *
 * @param spare where its engines come from
 */
export const startSharedWorker = async (
  changes: Partial<WorkerConfig> = {},
  { spare = sharedInterpreter }: Pick<EngineOptions, "spare"> = {},
): Promise<SharedWorker> => {
  await using opened = new AsyncDisposableStack();
  const tiny = await tinyEngine();
  const proxy = opened.use(await startFaultProxy({ target: testServices().s3.endpoint }));
  const figures = createRegistry();
  const objectTally = tallyObjectRequests(figures);
  const store = opened.use(await openTestStore({ endpoint: proxy.url, onObjectRequest: objectTally.note }));
  const engine = { ...tiny, spare };
  const config = { ...opened.use(await createWorkerConfig(engine)), ...changes };
  const worker = opened.use(await startWorker(config, { store, log: store.log, figures, objectTally }));
  const owned = opened.move();
  const post: SharedWorker["post"] = (path, body, signal) =>
    fetch(`${worker.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${gatewayToken}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  const killEngine = () => {
    const line = store.logged.findLast(({ message }) => message === "engine ready");
    if (!line || !("enginePid" in line.fields)) throw new Error("No engine was started");
    process.kill(Number(line.fields.enginePid), "SIGKILL");
  };
  const killEngineAtCheckpoint = (step: number) => {
    let isKilled = false;
    // An earlier run's checkpoints may still be on their way out.
    const matches = ({ method, path }: { method: string; path: string }) => {
      if (!isKilled && method === "PUT" && path.includes(`/checkpoints/${step}/`)) {
        isKilled = true;
        killEngine();
      }
      return false;
    };
    proxy.setFault({ kind: "unavailable", matches });
  };
  return {
    store,
    tiny,
    worker,
    config,
    proxy,
    post,
    killEngine,
    killEngineAtCheckpoint,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
