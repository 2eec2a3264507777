import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const contentTypes: Record<string, string> = { html: "text/html", js: "text/javascript" };

/** Serves texts by path on an origin of its own. `/` is an empty page. */
export const servePages = async (
  files: Record<string, string> = {},
): Promise<AsyncDisposable & { url: string }> => {
  const pages = new Map(Object.entries({ "/": "<!doctype html><title>test</title>", ...files }));
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const content = pages.get(path);
    if (content === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": contentTypes[path.split(".")[1] ?? "html"] }).end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};
