import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type ConnectionCutter = AsyncDisposable & {
  /** What a client uses in place of the server's address. */
  url: string;
  /** Breaks every connection that is open now. */
  cut(): void;
  /** How many connections were made. */
  connections(): number;
};

/** A TCP proxy on loopback that breaks connections in the middle of whatever they carry. */
export const startConnectionCutter = async (target: string): Promise<ConnectionCutter> => {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((incoming) => {
    connections++;
    const outgoing = connect(Number(port), hostname);
    join(incoming, outgoing, open);
    join(outgoing, incoming, open);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      cut();
      await once(server, "close");
    },
  };
};

const join = (from: Socket, to: Socket, open: Set<Socket>): void => {
  open.add(from);
  from.pipe(to);
  // A broken connection is what this proxy is for: the other end sees it closed.
  from.on("error", () => {});
  from.on("close", () => {
    open.delete(from);
    to.destroy();
  });
};
