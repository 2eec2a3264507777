import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "@loraloom/store";
import {
  type GatewayLine,
  type GatewayRequest,
  type GatewayRoute,
  gatewayMessages,
  registerWorker,
  type SampleLine,
} from "@loraloom/store/workers";

/** Writes an answer line by line; what it returns without ending stays open and silent. */
export type Behaviour = (write: (line: GatewayLine<GatewayRoute>) => void, response: ServerResponse) => void;

export type FixtureGateway = AsyncDisposable & {
  url: string;
  /** What was asked, oldest first. */
  requests: GatewayRequest<GatewayRoute>[];
  /** How many callers hung up before the answer's end. */
  hungUp: () => number;
};
type Options = { id: string; token: string; behaviour: Behaviour; engineKey?: string; route?: GatewayRoute };

export const done = {
  type: "done",
  finishReason: "stop",
  promptTokens: 5,
  completionTokens: 2,
  seconds: 0.1,
  step: null,
} satisfies SampleLine;

/** A program that obeys the wire schema of one of a gateway's routes and is registered as a ready worker; it has no engine. */
export const startFixtureGateway = async (
  store: Store,
  { id, token, behaviour, engineKey = "tiny@main/float32/none", route = "/sample" }: Options,
): Promise<FixtureGateway> => {
  const { request: requestSchema, line: lineSchema } = gatewayMessages[route];
  const requests: GatewayRequest<GatewayRoute>[] = [];
  let hungUp = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on("close", () => {
      if (!response.writableFinished) hungUp += 1;
    });
    if (request.headers.authorization !== `Bearer ${token}` || request.url !== route) {
      response.writeHead(request.url === route ? 401 : 404).end();
      return;
    }
    requests.push(requestSchema.parse(JSON.parse(await textOf(request))));
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    behaviour((line) => response.write(`${JSON.stringify(lineSchema.parse(line))}\n`), response);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await registerWorker(store, { id, url, engineKey, roles: ["train", "serve"], state: "ready", slots: 1 });
  return {
    url,
    requests,
    hungUp: () => hungUp,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const textOf = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
