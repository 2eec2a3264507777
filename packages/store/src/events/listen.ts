import pg from "pg";
import type { Store } from "../store.ts";

/** Between two tries to connect again; until then readers find news by polling. */
const reconnectMilliseconds = 500;
/** Nothing is asked over the connection, so that only this tells that it is lost. */
const keepAliveInitialDelayMillis = 10_000;

type Listener = {
  channel: string;
  onNotify: (payload: string) => void;
  /** Called after each connection: what was sent before it was not heard. */
  onConnect: () => void;
};

/** Listens to a channel on a connection of its own and connects again whenever that is lost. */
export const listen = async (store: Store, listener: Listener): Promise<AsyncDisposable> => {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    client = createClient(store);
    client.once("end", openLater);
    client.on("notification", ({ payload }) => listener.onNotify(payload ?? ""));
    client.on("error", (error) => store.log.warn({ error }, "the connection that listens was lost"));
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(listener.channel)}`);
      listener.onConnect();
    } catch (error) {
      store.log.warn({ error }, "no connection to listen on; trying again");
      openLater();
    }
  };
  const openLater = (): void => {
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      void open();
    }, reconnectMilliseconds);
  };

  await open();
  return {
    [Symbol.asyncDispose]: async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
};

const createClient = (store: Store): pg.Client =>
  new pg.Client({
    connectionString: store.pool.options.connectionString,
    application_name: "loraloom-listen",
    keepAlive: true,
    keepAliveInitialDelayMillis,
  });
