import { createTestDatabase } from "@loraloom/testkit";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { createTestLogger, type TestStore } from "./open-test-store.ts";

/** The same objects under an empty database, as after a loss of it. */
export const openEmptyDatabase = async ({ config }: TestStore): Promise<Store & AsyncDisposable> => {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase());
  const store = opened.use(await openStore({ ...config, databaseUrl: database.url }, createTestLogger().log));
  const resources = opened.move();
  return { ...store, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
