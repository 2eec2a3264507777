import type { Logger, Store } from "@loraloom/store";
import type { LoadedEngine } from "../engine/load-engine.ts";
import type { CheckpointPace } from "../run/context.ts";
import type { RunPace } from "../run/run-pace.ts";
import type { AdapterCache } from "./adapter-cache.ts";

/** What one request of the gateway works with: the engine of this moment and what that engine holds. */
export type Serving = {
  engine: LoadedEngine;
  adapters: AdapterCache;
  /** For files that live as long as a request. */
  folder: string;
  store: Store;
  log: Logger;
  /** What runs take here beside their training, and how often they are saved. */
  runPace: Pick<RunPace, "runSeconds">;
  checkpointPace: CheckpointPace;
};
