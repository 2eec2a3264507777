import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type ConnectionCutter = AsyncDisposable & {
  /** What a client uses in place of the server's address. */
  url: string;
  /** Breaks every connection that is open now. */
  cut(): void;
  /** Lets so many more bytes of clients through; then the line is broken, for new connections too, until mended. */
  breakAfter(bytes: number): Promise<void>;
  mend(): void;
  /** How many connections were made. */
  connections(): number;
};

/** A TCP proxy on loopback that breaks connections in the middle of whatever they carry. */
export const startConnectionCutter = async (target: string): Promise<ConnectionCutter> => {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  let bytesLeft = Number.POSITIVE_INFINITY;
  const broken = new EventEmitter();
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const count = (chunk: Buffer) => {
    bytesLeft -= chunk.length;
    if (bytesLeft > 0) return;
    cut();
    broken.emit("broken");
  };
  const server = createServer((incoming) => {
    connections++;
    if (bytesLeft <= 0) return incoming.destroy();
    incoming.on("data", count);
    const outgoing = connect(Number(port), hostname);
    join(incoming, outgoing, open);
    join(outgoing, incoming, open);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    async breakAfter(bytes) {
      bytesLeft = bytes;
      await once(broken, "broken");
    },
    mend: () => {
      bytesLeft = Number.POSITIVE_INFINITY;
    },
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
