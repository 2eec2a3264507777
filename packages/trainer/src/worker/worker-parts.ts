import type { Logger, Store } from "@loraloom/store";
import type { Registry } from "prom-client";
import type { EngineOptions } from "../engine/load-engine.ts";
import type { EngineSupervisor } from "../engine/supervise.ts";
import type { CheckpointPace } from "../run/context.ts";
import type { RunPace } from "../run/run-pace.ts";
import type { Activity } from "./activity.ts";
import type { Admission } from "./admission.ts";
import type { BaseRules } from "./choose-base.ts";
import type { watchFreeMemory } from "./free-memory.ts";
import type { BaseHolding } from "./hold-bases.ts";
import type { ObjectTally } from "./object-tally.ts";
import type { Servings } from "./servings.ts";
import type { TrainingRates } from "./training-rates.ts";

export type WorkerConfig = {
  engine: EngineOptions;
  /** When it changes bases, where it has several. */
  baseRules: BaseRules;
  /** Holds one folder for each worker. */
  folder: string;
  gateway: { host: string; port: number; url?: string | undefined; token: string };
  leaseSeconds: number;
  checkpointPace: CheckpointPace;
  /** How many runs are trained at once. */
  slots: number;
  /** Takes one run only, for which it waits so long. */
  once?: { waitSeconds: number } | undefined;
};

export type Parts = {
  store: Store;
  log: Logger;
  /** This process's own, which the gateway tells. */
  figures: Registry;
  /** Of the store's requests. */
  objectTally: Pick<ObjectTally, "told">;
};
/** What a worker's parts tell each other. */
export type Shared = Parts & {
  config: WorkerConfig;
  id: string;
  folder: string;
  engine: EngineSupervisor;
  activity: Activity;
  admission: Admission;
  memory: ReturnType<typeof watchFreeMemory>;
  holding: BaseHolding;
  draining: AbortController;
  rates: TrainingRates;
  runPace: RunPace;
  servings: Servings;
};
