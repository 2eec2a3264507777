import { mkdir } from "node:fs/promises";
import { lockDataDir } from "./data-dir-lock.ts";
import { dataFolder } from "./data-folder.ts";
import { endOrphans } from "./orphans.ts";
import type { RunningPart } from "./part.ts";
import { type Plan, planParts } from "./plan-parts.ts";
import { trackRunningParts } from "./running-parts.ts";
import { openRuntimeRecord, readLastRuntime } from "./runtime-file.ts";
import type { Settings } from "./settings.ts";
import { type SupervisedPart, type SuperviseOptions, supervisePart } from "./supervise.ts";

export type ServiceOptions = {
  report: (line: string) => void;
  /** Ends a start that isn't finished yet. */
  signal: AbortSignal;
  /** Aborted when a clean end is not to be waited for any longer. */
  stopNow?: AbortSignal;
  /** Options of Node for the host. */
  nodeOptions?: string[];
};

export type Service = AsyncDisposable & {
  plan: Plan;
  restartWorker: () => Promise<void>;
  /** Lets the worker start another engine from the code on the disk. */
  restartEngine: () => Promise<void>;
};

/**
 * Starts everything on a data folder and keeps it running until it is disposed of.
 *
 * @throws LoraloomError `data_dir_in_use`, `part_failed`, `bad_configuration`
 */
export const startService = async (settings: Settings, options: ServiceOptions): Promise<Service> => {
  const { dataDir } = settings;
  await using stack = new AsyncDisposableStack();
  await mkdir(dataDir, { recursive: true });
  stack.use(await lockDataDir(dataDir, dataFolder(dataDir).lockFolder));
  await endOrphans(readLastRuntime(dataDir)?.parts ?? [], options.report);
  const plan = await planParts(settings, options);
  const record = stack.use(await openRuntimeRecord(dataDir, plan));
  const track = trackRunningParts(options.stopNow);
  const onSpawned = (running: RunningPart) => {
    record.recordPart(running);
    track(running);
  };
  const parts = await startParts(plan, stack, { ...options, onSpawned });
  record.recordReady();
  return toService(plan, parts, stack.move());
};

const startParts = async (
  plan: Plan,
  stack: AsyncDisposableStack,
  options: SuperviseOptions,
): Promise<Map<string, SupervisedPart>> => {
  const parts = new Map<string, SupervisedPart>();
  for (const part of plan.parts) {
    const startedAt = performance.now();
    const supervised = await supervisePart(part, options);
    stack.defer(supervised.stop);
    parts.set(part.name, supervised);
    options.report(`${part.name} is ready (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`);
  }
  return parts;
};

const toService = (plan: Plan, parts: Map<string, SupervisedPart>, stack: AsyncDisposableStack): Service => ({
  plan,
  restartWorker: async () => parts.get("worker")?.restart(),
  restartEngine: async () => parts.get("worker")?.notify("SIGUSR2"),
  [Symbol.asyncDispose]: () => stack.disposeAsync(),
});
