import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { python, sharedTinyBase } from "@loraloom/testkit";
import { createClient } from "../src/index.ts";
import { type Service, spawnService } from "./spawn-service.ts";
import type { LiveServer } from "./start-live-server.ts";

const workerMain = fileURLToPath(new URL("../../trainer/src/main.ts", import.meta.url));

/** The real worker as a process, with a real engine that serves a tiny base under the server's model id. */
export const startLiveWorker = async (server: LiveServer): Promise<AsyncDisposable> => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loraloom-worker-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const worker = opened.use(
    spawnService(workerMain, {
      ...server.shared,
      LORALOOM_BASE_PATH: await sharedTinyBase(),
      LORALOOM_ENGINE_PYTHON: python,
      LORALOOM_WORKER_DIR: folder,
    }),
  );
  await waitUntilReady(server, worker);
  return opened.move();
};

const waitUntilReady = async (server: LiveServer, worker: Service): Promise<void> => {
  const client = createClient(server);
  while (worker.isRunning()) {
    const { workers } = await client.health.query();
    if (workers.some(({ state }) => state === "ready")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The worker ended before it was ready:\n${worker.printed()}`);
};
