import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import superjson from "superjson";
import { expect, test } from "vitest";
import { createClient } from "./create-client.ts";
import { fetchOwnAnswers } from "./own-answers.ts";

/** Another server, and what the client makes of its answers to a query and to a change. */
const failuresAt = async (listener: RequestListener) => {
  const server = createServer(listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient({ url, apiKey: "ll_key" });
  const calls = [client.keys.list.query({}), client.adapter.create.mutate({ avatarId: "osk" })];
  const failures = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
  server.close();
  return { url, failures };
};

const answer =
  (status: number, type: string, body: string): RequestListener =>
  (_, response) =>
    response.writeHead(status, { "content-type": type }).end(body);

test.each([
  [
    "a web page",
    answer(200, "text/html; charset=utf-8", "<!doctype html><p>Hello"),
    "status 200 and text/html",
  ],
  ["a page that is not there", answer(404, "text/html", "<p>404"), "status 404 and text/html"],
  [
    "another API",
    answer(404, "application/json", '{"detail":"Not Found"}'),
    "status 404 and application/json",
  ],
  [
    "an API with errors of its own",
    answer(404, "application/json", '{"error":{"message":"Not found"}}'),
    "status 404 and application/json",
  ],
  [
    "an API that answers everything",
    answer(200, "application/json", '{"status":"ok"}'),
    "status 200 and application/json",
  ],
  [
    "an API with lists",
    answer(200, "application/json", '[{"id":1,"name":"one of another API"}]\n'),
    "status 200 and application/json",
  ],
  ["an API that answers with a text", answer(400, "application/json", '"no"'), "status 400"],
  [
    "an empty answer",
    ((_, response) => response.writeHead(404).end()) as RequestListener,
    "status 404 and nothing",
  ],
])("%s is no Loraloom, which is said with its address and not tried again", async (_, listener, found) => {
  const { url, failures } = await failuresAt(listener);
  for (const failure of failures) {
    expect(failure).toMatchObject({
      code: "not_loraloom",
      retryable: false,
      message: expect.stringMatching(new RegExp(`^${url}/trpc is not answered by Loraloom, but by ${found}`)),
      remedy: expect.stringContaining("URL"),
    });
  }
});

test.each([
  ["a proxy without its server", answer(502, "text/html", "<h1>502 Bad Gateway")],
  ["a proxy that is too busy", answer(429, "text/plain", "slow down")],
  ["an answer that is cut off", answer(500, "application/json", '{"error":{"mess')],
  ["an answer of which little came", answer(200, "application/json", '[{"resu')],
])("%s is a lost connection, which can be tried again", async (_, listener) => {
  const { failures } = await failuresAt(listener);
  for (const failure of failures) expect(failure).toMatchObject({ code: "network", retryable: true });
});

test("an answer that is cut off says nothing of who is there", async () => {
  const json = { headers: { "content-type": "application/json" } };
  const answers = [new Response('[{"resu', json), new Response('{"status":"ok"}', json)];
  const fetch = fetchOwnAnswers({
    url: "http://loraloom.test/trpc",
    apiKey: "ll_key",
    fetch: async () => answers.shift() ?? Response.error(),
  });
  expect(await (await fetch("http://loraloom.test/trpc")).text()).toBe('[{"resu');
  await expect(fetch("http://loraloom.test/trpc")).rejects.toMatchObject({ code: "not_loraloom" });
});

test("what tRPC answers, as a stream or in one piece, is Loraloom's", async () => {
  const t = initTRPC.create({ transformer: superjson });
  const keys = t.router({ list: t.procedure.query(() => ({ keys: [] })) });
  const adapter = t.router({ create: t.procedure.mutation(() => ({ state: "new" })) });
  const fetch = (input: string | URL | Request, init?: RequestInit) =>
    fetchRequestHandler({
      endpoint: "/trpc",
      req: new Request(input, init),
      router: t.router({ keys, adapter }),
    });
  const client = createClient({ url: "http://loraloom.test", apiKey: "ll_key", fetch });
  expect(await client.keys.list.query({})).toEqual({ keys: [] });
  expect(await client.adapter.create.mutate({ avatarId: "osk" })).toEqual({ state: "new" });
});

test("what the server refuses outside of its procedures keeps its code", async () => {
  const error = {
    code: "headers_too_large",
    message: "The headers are too large.",
    remedy: "Send less.",
    retryable: false,
    requestId: "r1",
  };
  const { failures } = await failuresAt(answer(431, "application/json", JSON.stringify({ error })));
  for (const failure of failures) expect(failure).toMatchObject(error);
});
