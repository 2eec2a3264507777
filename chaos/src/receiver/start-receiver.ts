import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type FaultProxy, startFaultProxy } from "@loraloom/testkit/fault-proxy";

/** A message as it came, before anybody looked at it. */
export type Received = {
  /** To whose webhook it was sent. */
  userId: string;
  id: string;
  timestamp: string;
  signature: string;
  body: string;
};
export type Receiver = FaultProxy & {
  /** What came, in its order; also what came again because the answer was lost. */
  received: Received[];
};

/** The users' own server, on loopback and behind a proxy that breaks what is sent to it. Each user has a path. */
export const startReceiver = async (): Promise<Receiver> => {
  await using stack = new AsyncDisposableStack();
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
    received.push(messageOf(request, Buffer.concat(chunks).toString()));
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = stack.use(await startFaultProxy({ target }));
  const started = stack.move();
  return { ...proxy, received, [Symbol.asyncDispose]: () => started.disposeAsync() };
};

const messageOf = ({ url = "", headers }: IncomingMessage, body: string): Received => ({
  userId: url.slice(1),
  id: String(headers["webhook-id"]),
  timestamp: String(headers["webhook-timestamp"]),
  signature: String(headers["webhook-signature"]),
  body,
});
