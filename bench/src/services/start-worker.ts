import { join } from "node:path";
import { findFreePort, startPart } from "@loraloom/launcher";
import { python, repositoryRoot } from "../repository.ts";
import type { BenchHost } from "./start-host.ts";
import type { Services } from "./start-services.ts";

/** Importing torch and loading a base. */
const readyTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;

export type BenchWorker = AsyncDisposable & {
  /** Posts a request to its gateway. @returns the last line of the answer */
  ask: (path: string, request: object) => Promise<unknown>;
};

/**
 * A worker with its engine, as people run it, beside a host that was started for the same base.
 *
 * @param environment what it is told beside
 * @throws LoraloomError `part_failed`
 */
export const startWorker = async (
  services: Services,
  host: BenchHost,
  environment: Record<string, string> = {},
): Promise<BenchWorker> => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${host.environment.LORALOOM_GATEWAY_TOKEN}` };
  const name = `worker-${port}`;
  const running = await startPart({
    name,
    logFile: join(services.folder, `${name}.log`),
    readyTimeoutMs,
    stopSignal: "SIGTERM",
    stopTimeoutMs,
    isReady: () => isReady(`${url}/health`, headers),
    prepare: async () => ({
      file: process.execPath,
      args: [join(repositoryRoot, "packages", "trainer", "src", "main.ts")],
      cwd: repositoryRoot,
      env: {
        ...host.environment,
        LORALOOM_WORKER_DIR: join(services.folder, name),
        LORALOOM_ENGINE_PYTHON: python,
        LORALOOM_GATEWAY_PORT: String(port),
        ...environment,
      },
    }),
  });
  return {
    ask: (path, request) => ask(`${url}${path}`, { headers, request }),
    [Symbol.asyncDispose]: running.stop,
  };
};

type Headers = Record<string, string>;

const isReady = async (url: string, headers: Headers): Promise<boolean> => {
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    return answer.ok && (await answer.json()).ready;
  } catch {
    // Not listening yet; the time limit of the start names the worker's log.
    return false;
  }
};

const ask = async (
  url: string,
  { headers, request }: { headers: Headers; request: object },
): Promise<unknown> => {
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  const lines = (await answer.text()).trim().split("\n");
  const last = JSON.parse(lines.at(-1) ?? "");
  if (last.type !== "result") throw new Error(`The worker answered ${JSON.stringify(last)}.`);
  return last;
};
