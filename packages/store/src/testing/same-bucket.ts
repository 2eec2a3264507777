import { createTestDatabase } from "@loraloom/testkit";
import { openStore } from "../open-store.ts";
import { createTestLogger, type TestStore } from "./open-test-store.ts";

/**
 * The same objects under an empty database, as after a loss of it.
 *
 * @param fill before it is opened, as from a backup
 */
export const openEmptyDatabase = async (
  { config: before }: TestStore,
  fill: (databaseUrl: string) => Promise<void> = async () => {},
): Promise<TestStore> => {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase());
  await fill(database.url);
  const config = { ...before, databaseUrl: database.url };
  const { log, logged } = createTestLogger();
  const store = opened.use(await openStore(config, log));
  const resources = opened.move();
  return { ...store, config, logged, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
