import type { Logger } from "@loraloom/store";
import type { LoadedEngine } from "../engine/load-engine.ts";
import { createAdapterCache } from "../gateway/adapter-cache.ts";
import type { Serving } from "../gateway/serving.ts";

/** What a worker's engines serve, one after the other. */
export type Servings = {
  of(engine: LoadedEngine): Serving;
  /** As the engine's own {@link AdapterCache} does; one that has served nobody has nothing to give up. */
  makeRoom(engine: LoadedEngine, bytes: number): Promise<boolean>;
  /** As the engine's own {@link AdapterCache} does; what can't be asked now is asked the next time. */
  dropGone(): Promise<void>;
};

export type ServingsOptions = Omit<Serving, "engine" | "adapters"> & {
  /** Holds one folder for each version that is loaded. */
  adaptersFolder: string;
};

/** A new engine process holds no adapter yet: with it begins a serving of its own. */
export const createServings = ({ adaptersFolder, ...common }: ServingsOptions): Servings => {
  const { store, log } = common;
  let served: Serving | undefined;
  return {
    of(engine) {
      if (served?.engine === engine) return served;
      if (served) discardAdapters(served);
      served = {
        ...common,
        engine,
        adapters: createAdapterCache(store, { engine, folder: adaptersFolder, log }),
      };
      return served;
    },
    makeRoom: async (engine, bytes) => served?.engine === engine && (await served.adapters.makeRoom(bytes)),
    dropGone: async () => {
      try {
        await served?.adapters.dropGone();
      } catch (error) {
        log.warn({ err: error }, "the worker could not look which versions are no more");
      }
    },
  };
};

/** Beside the requests of the next engine, which don't depend on it. */
const discardAdapters = ({ adapters, log }: { adapters: Serving["adapters"]; log: Logger }): void => {
  adapters.discard().catch((error: unknown) => {
    log.warn({ err: error }, "the adapters of an engine that ended could not be removed");
  });
};
