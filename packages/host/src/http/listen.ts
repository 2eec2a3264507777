import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { LoraloomError } from "@loraloom/errors";
import type { Logger } from "@loraloom/store";
import { refuseUnread } from "./refuse-unread.ts";

export type Listening = {
  url: string;
  /** Takes no new connection, lets requests finish for a while, then cuts them. */
  close: (graceMilliseconds: number) => Promise<void>;
};
export type ListenOptions = { hostname: string; port: number; log: Logger };
type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

const idleLookMilliseconds = 50;

/** @throws LoraloomError `bad_configuration` when the address can't be had */
export const listen = async (fetch: Fetch, { hostname, port, log }: ListenOptions): Promise<Listening> => {
  // Without other options it is one of HTTP 1.
  const server = createAdaptorServer({
    fetch: (request, env) => fetch(request, env as HttpBindings),
  }) as Server;
  refuseUnread(server, log);
  server.listen(port, hostname);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new LoraloomError(
      "bad_configuration",
      `LORALOOM_HOST=${hostname} and LORALOOM_PORT=${port} can't be listened on.`,
      { cause },
    );
  }
  return { url: urlOf(server, hostname), close: (graceMilliseconds) => close(server, graceMilliseconds) };
};

const urlOf = (server: Server, hostname: string): string => {
  const { port } = server.address() as AddressInfo;
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
};

const close = async (server: Server, graceMilliseconds: number): Promise<void> => {
  const closed = once(server, "close");
  server.close();
  // A kept-alive connection whose last answer has just ended is idle only now.
  const closingIdle = setInterval(() => server.closeIdleConnections(), idleLookMilliseconds);
  const cutting = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
  await closed;
  clearInterval(closingIdle);
  clearTimeout(cutting);
};
