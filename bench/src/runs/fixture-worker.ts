import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchHost } from "../services/start-host.ts";
import type { Services } from "../services/start-services.ts";
import { type BenchWorker, startWorker } from "../services/start-worker.ts";

const program = join(import.meta.dirname, "fixture-engine", "main.ts");

export type FixtureOptions = {
  stepMilliseconds: number;
  slots: number;
  /** Left out: the host's. */
  baseModel?: string;
};

/** A worker as people run it, but for its engine: a program without a model, whose steps take so long. */
export const startFixtureWorker = async (
  services: Services,
  host: BenchHost,
  { stepMilliseconds, slots, baseModel }: FixtureOptions,
): Promise<BenchWorker> => {
  const engine = join(services.folder, `engine-${stepMilliseconds}`);
  // What the worker asks of an interpreter is ignored by it: the module that it names, and its folder.
  await writeFile(engine, `#!/bin/sh\nexec '${process.execPath}' '${program}' ${stepMilliseconds}\n`, {
    mode: 0o755,
  });
  return startWorker(services, host, {
    LORALOOM_ENGINE_PYTHON: engine,
    LORALOOM_WORKER_SLOTS: String(slots),
    ...(baseModel && { LORALOOM_BASE_MODEL: baseModel }),
  });
};
