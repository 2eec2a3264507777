import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineOptions } from "../../src/engine/load-engine.ts";
import type { WorkerConfig } from "../../src/worker/start-worker.ts";

export const gatewayToken = "a-token-for-tests-only";

/** A worker that keeps short leases and writes a checkpoint at every second step. */
export const createWorkerConfig = async (engine: EngineOptions): Promise<AsyncDisposable & WorkerConfig> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-worker-"));
  return {
    engine,
    folder,
    gateway: { host: "127.0.0.1", port: 0, token: gatewayToken },
    leaseSeconds: 6,
    slots: 4,
    baseRules: { waitSeconds: 1, staySeconds: 1 },
    checkpointPace: { steps: 2, seconds: 3600 },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
