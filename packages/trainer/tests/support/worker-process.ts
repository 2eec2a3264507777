import { join } from "node:path";
import type { StoreConfig } from "@loraloom/store";
import { execa } from "execa";
import { vi } from "vitest";
import type { WorkerConfig } from "../../src/worker/worker-parts.ts";

type LogLine = { msg: string; enginePid?: number } & Record<string, unknown>;
/** A worker as a process of its own, as it is deployed. */
export type WorkerProcess = AsyncDisposable & {
  pid: number;
  logged: LogLine[];
  kill(signal: NodeJS.Signals): void;
  /** Waits for a line of its log. */
  said(message: string): Promise<LogLine>;
  exited: Promise<{ exitCode?: number; signal?: string }>;
};

const mainFile = join(import.meta.dirname, "../../src/main.ts");

export const workerEnvironment = (store: StoreConfig, worker: WorkerConfig): Record<string, string> => ({
  DATABASE_URL: store.databaseUrl,
  S3_ENDPOINT: store.objects.endpoint ?? "",
  S3_REGION: store.objects.region,
  S3_BUCKET: store.objects.bucket,
  S3_FORCE_PATH_STYLE: String(store.objects.forcePathStyle),
  S3_ACCESS_KEY_ID: store.objects.accessKeyId ?? "",
  S3_SECRET_ACCESS_KEY: store.objects.secretAccessKey ?? "",
  LORALOOM_GATEWAY_TOKEN: worker.gateway.token,
  LORALOOM_BASE_MODEL: worker.engine.base.modelId,
  LORALOOM_BASE_REVISION: worker.engine.base.revision,
  LORALOOM_BASE_DTYPE: worker.engine.base.dtype,
  LORALOOM_BASE_PATH: worker.engine.base.path,
  LORALOOM_WORKER_DIR: worker.folder,
  LORALOOM_ENGINE_PYTHON: worker.engine.command.python,
  LORALOOM_LEASE_SECONDS: String(worker.leaseSeconds),
  LORALOOM_CHECKPOINT_STEPS: String(worker.checkpointPace.steps),
  LORALOOM_CHECKPOINT_SECONDS: String(worker.checkpointPace.seconds),
});

/**
 * Starts `main.ts`; it may still be starting its engine.
 *
 * @param prefix a command that runs the worker, such as one that first gives it a small disk
 * @param options of the worker itself
 */
export const spawnWorker = (
  env: Record<string, string>,
  prefix: string[] = [],
  options: string[] = [],
): WorkerProcess => {
  const [file = process.execPath, ...args] = [...prefix, process.execPath, mainFile, ...options];
  const child = execa(file, args, {
    env,
    reject: false,
    buffer: false,
    stderr: "inherit",
    forceKillAfterDelay: false,
  });
  const logged: LogLine[] = [];
  const reading = (async () => {
    for await (const line of child.iterable()) logged.push(JSON.parse(line));
  })();
  const said = (message: string) =>
    vi.waitFor(
      () => {
        const line = logged.find(({ msg }) => msg === message);
        if (!line)
          throw new Error(`The worker has not said '${message}'; its last line: ${logged.at(-1)?.msg}`);
        return line;
      },
      { timeout: 200_000, interval: 50 },
    );
  return {
    pid: child.pid ?? 0,
    logged,
    kill: (signal) => void child.kill(signal),
    said,
    exited: child.then(({ exitCode, signal }) => ({ exitCode, signal })),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      await Promise.all([child, reading]);
    },
  };
};
