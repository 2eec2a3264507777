import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineOptions } from "../../src/engine/load-engine.ts";
import type { WorkerConfig } from "../../src/worker/worker-parts.ts";

export const gatewayToken = "a-token-for-tests-only";

/**
 * A worker that writes a checkpoint at every second step. Its leases outlive whatever a busy machine keeps it from
 * renewing them; a test that needs one to end lets it.
 */
export const createWorkerConfig = async (engine: EngineOptions): Promise<AsyncDisposable & WorkerConfig> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-worker-"));
  return {
    engine,
    folder,
    gateway: { host: "127.0.0.1", port: 0, token: gatewayToken },
    leaseSeconds: 120,
    slots: 4,
    baseRules: { waitSeconds: 1, staySeconds: 1 },
    checkpointPace: { steps: 2, seconds: 3600 },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
