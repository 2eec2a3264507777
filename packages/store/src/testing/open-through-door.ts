import { startTcpProxy, type TcpProxy } from "@loraloom/testkit";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import type { TestStore } from "./open-test-store.ts";

/** The same store once more, whose way to the database has a door. */
export const openThroughDoor = async ({
  config,
  log,
}: TestStore): Promise<AsyncDisposable & { door: TcpProxy; store: Store }> => {
  await using opened = new AsyncDisposableStack();
  const url = new URL(config.databaseUrl);
  const door = opened.use(await startTcpProxy({ host: url.hostname, port: Number(url.port) }));
  url.port = String(door.port);
  const store = opened.use(await openStore({ ...config, databaseUrl: url.href }, log));
  const resources = opened.move();
  return { door, store, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
