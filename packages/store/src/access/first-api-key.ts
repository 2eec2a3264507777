import { withAdvisoryLock } from "../database/advisory-lock.ts";
import type { Store } from "../store.ts";
import { apiKeys } from "../tables/index.ts";
import { type ApiKeyInput, createApiKey } from "./api-keys.ts";

/**
 * Makes the first key of all; of processes that start at once only one does.
 *
 * @param keep puts the key away. It counts only afterwards: a crash in between leaves a key that opens
 * nothing, and the next start makes another one.
 * @returns whether there was none yet
 */
export const createFirstApiKey = (
  store: Pick<Store, "pool">,
  input: ApiKeyInput,
  keep: (key: string) => Promise<void>,
): Promise<boolean> =>
  withAdvisoryLock(store, "first-api-key", async (db) => {
    if ((await db.$count(apiKeys)) > 0) return false;
    await db.transaction(async (tx) => {
      const { key } = await createApiKey({ db: tx }, input);
      await keep(key);
    });
    return true;
  });
