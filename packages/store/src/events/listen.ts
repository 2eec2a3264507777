import pg from "pg";
import type { Store } from "../store.ts";

/** Between two tries to connect again; until then readers find news by polling. */
const reconnectMilliseconds = 500;
/** To connect may take so long, and to be told that one listens: a network may drop packets without a word. */
const usualPatienceMilliseconds = 10_000;
/** Nothing is asked over the connection, so that only this tells that it is lost. */
const keepAliveInitialDelayMillis = 10_000;

type Listener = {
  channel: string;
  onNotify: (payload: string) => void;
  /** Called after each connection: what was sent before it was not heard. */
  onConnect: () => void;
};

type Heard = Pick<Store, "pool" | "log">;

/** Listens to a channel on a connection of its own and connects again whenever that is lost. */
export const listen = async (
  store: Heard,
  listener: Listener,
  { patienceMilliseconds = usualPatienceMilliseconds } = {},
): Promise<AsyncDisposable> => {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    const opened = createClient(store, patienceMilliseconds);
    client = opened;
    opened.once("end", openLater);
    opened.on("notification", ({ payload }) => listener.onNotify(payload ?? ""));
    opened.on("error", (error) => store.log.warn({ error }, "the connection that listens was lost"));
    try {
      await opened.connect();
      await opened.query(`listen ${opened.escapeIdentifier(listener.channel)}`);
      listener.onConnect();
    } catch (error) {
      store.log.warn({ error }, "no connection to listen on; trying again");
      void opened.end();
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

const createClient = ({ pool }: Heard, patienceMilliseconds: number): pg.Client =>
  new pg.Client({
    connectionString: pool.options.connectionString,
    application_name: "loraloom-listen",
    connectionTimeoutMillis: patienceMilliseconds,
    query_timeout: patienceMilliseconds,
    keepAlive: true,
    keepAliveInitialDelayMillis,
  });
