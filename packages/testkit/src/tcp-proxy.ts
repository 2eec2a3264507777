import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A door on loopback in front of a TCP server, which a test shuts and opens. */
export type TcpProxy = AsyncDisposable & {
  port: number;
  /** Breaks what is connected. */
  cut: () => void;
  /** Breaks what is connected and everybody who comes. */
  shut: () => void;
  open: () => void;
  /** Nothing more comes through what is connected, which stays open, as where a network drops its packets. */
  silence: () => void;
  /** The same from the first of these bytes on that comes as an answer. */
  silenceAt: (answer: Buffer) => void;
  /** Breaks the next connection that sends this text, once the server has answered it: that answer is lost. */
  loseAnswerTo: (text: string) => void;
};

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const pairs = new Set<[client: Socket, upstream: Socket]>();
  let isOpen = true;
  let unanswered: string | undefined;
  const join = (client: Socket) => {
    if (!isOpen) return client.destroy();
    const upstream = connect(target);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.pipe(other);
      // A broken connection is what this proxy is for.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    client.on("data", (sent: Buffer) => {
      if (unanswered === undefined || !sent.includes(unanswered)) return;
      unanswered = undefined;
      upstream.unpipe(client);
      upstream.once("data", () => client.destroy()).resume();
    });
  };
  const server = createServer(join);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    shut: () => {
      isOpen = false;
      cut();
    },
    open: () => {
      isOpen = true;
    },
    silence: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).resume();
        upstream.unpipe(client).resume();
      }
    },
    silenceAt: (answer) => {
      for (const [client, upstream] of pairs) {
        upstream.unpipe(client);
        const pass = (bytes: Buffer) => {
          const at = bytes.indexOf(answer);
          client.write(at === -1 ? bytes : bytes.subarray(0, at));
          if (at !== -1) upstream.off("data", pass).resume();
        };
        upstream.on("data", pass).resume();
      }
    },
    loseAnswerTo: (text) => {
      unanswered = text;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
};
