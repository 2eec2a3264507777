import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { askPart } from "./ask-part.ts";

test("a port that takes connections and never answers counts as not ready", async () => {
  await using server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const isReady = await askPart(
    async (signal) => (await fetch(`http://127.0.0.1:${port}/health/live`, { signal })).ok,
  );
  expect(isReady).toBe(false);
});
