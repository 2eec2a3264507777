import { once } from "node:events";
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The real object store at `target`, except that it says of each DELETE that it is done and deletes nothing. */
export const startForgetfulStore = async (target: string): Promise<AsyncDisposable & { url: string }> => {
  const server = createServer((request, response) => {
    if (request.method === "DELETE") {
      response.writeHead(204).end();
      return;
    }
    const { method, headers } = request;
    const forwarded = ask(new URL(request.url ?? "/", target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
