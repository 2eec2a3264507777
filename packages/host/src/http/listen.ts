import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { LoraloomError } from "@loraloom/errors";

export type Listening = {
  url: string;
  /** Takes no new connection, lets requests finish for a while, then cuts them. */
  close: (graceMilliseconds: number) => Promise<void>;
};
type Address = { hostname: string; port: number };
type Fetch = (request: Request) => Response | Promise<Response>;

const idleLookMilliseconds = 50;

/** @throws LoraloomError `bad_configuration` when the address can't be had */
export const listen = async (fetch: Fetch, { hostname, port }: Address): Promise<Listening> => {
  const server = createAdaptorServer({ fetch }) as Server;
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
