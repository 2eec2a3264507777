import type { Logger } from "@loraloom/store";
import type { LoadedEngine } from "../engine/load-engine.ts";
import type { AdapterCache } from "./adapter-cache.ts";

/** What one request of the gateway works with: the engine of this moment and what that engine holds. */
export type Serving = {
  engine: LoadedEngine;
  adapters: AdapterCache;
  /** For files that live as long as a request. */
  folder: string;
  log: Logger;
};
