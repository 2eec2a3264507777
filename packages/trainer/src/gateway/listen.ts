import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { LoraloomError } from "@loraloom/errors";
import type { Hono } from "hono";

/** Open chats may go on for so long after the worker was told to end. */
const finishMilliseconds = 30_000;

export type GatewayListener = AsyncDisposable & {
  url: string;
  /** Takes no new connection and waits for the open answers, up to 30 s. */
  finish(): Promise<void>;
};

/** @throws LoraloomError `bad_configuration` when the address can't be had */
export const listenGateway = async (
  app: Hono,
  { host, port, url }: { host: string; port: number; url?: string | undefined },
): Promise<GatewayListener> => {
  const server = createAdaptorServer({ fetch: app.fetch });
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw new LoraloomError(
      "bad_configuration",
      `LORALOOM_GATEWAY_HOST='${host}' and LORALOOM_GATEWAY_PORT=${port} can't be listened on.`,
      { cause: error },
    );
  }
  const { port: chosen } = server.address() as AddressInfo;
  let closed: Promise<unknown> | undefined;
  const finish = async (): Promise<void> => {
    closed ??= once(server, "close");
    server.close();
    const timer = setTimeout(() => closeAll(server), finishMilliseconds);
    await closed;
    clearTimeout(timer);
  };
  return {
    url: url ?? `http://${host.includes(":") ? `[${host}]` : host}:${chosen}`,
    finish,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      closeAll(server);
      await finish();
    },
  };
};

const closeAll = (server: ReturnType<typeof createAdaptorServer>): void => {
  if ("closeAllConnections" in server) server.closeAllConnections();
};
