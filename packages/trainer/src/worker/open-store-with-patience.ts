import { setTimeout as delay } from "node:timers/promises";
import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import { type Logger, type OpenOptions, openStore, type Store, type StoreConfig } from "@loraloom/store";

const tries = 60;
const pauseMilliseconds = 3_000;

/**
 * Opens the store, waiting some minutes for a database and an object store that are not up yet.
 *
 * @param signal ends the wait
 * @throws LoraloomError `database_unavailable`, `storage_unavailable` when they don't come up
 */
export const openStoreWithPatience = async (
  config: StoreConfig,
  { log, signal, ...options }: OpenOptions & { log: Logger; signal: AbortSignal },
): Promise<Store & AsyncDisposable> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await openStore(config, log, options);
    } catch (error) {
      if (tried === tries || !mayComeUp(error)) throw error;
      log.warn({ tried, tries, reason: error.message, remedy: error.remedy }, "waiting for the store");
      await delay(pauseMilliseconds, undefined, { signal });
    }
  }
};

const mayComeUp = (error: unknown): error is LoraloomError =>
  isLoraloomError(error, "database_unavailable") || isLoraloomError(error, "storage_unavailable");
