/** What callers without our client get wrong, each answered with words that tell what to do. */
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorIn, rawRequest } from "./testing/raw-request.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

type Init = Parameters<typeof rawRequest>[2];
const scope = { userId: "ada", avatarId: "mia" };
const chat = { ...scope, version: "base", messages: [{ role: "user", content: "Hello" }] };
const json = (input: unknown): Init => ({ body: JSON.stringify(input) });
const queries = (count: number): string => `${Array(count).fill("keys.list").join(",")}?batch=1`;

test.each<[string, string, Init, number, string, RegExp]>([
  [
    "an input without its wrapper",
    "adapter.create",
    json(scope),
    400,
    "bad_input",
    /must be {"json": <input>}/,
  ],
  ["null", "adapter.create", json(null), 400, "bad_input", /must be {"json": <input>}/],
  [
    "a batch without wrappers",
    "adapter.create?batch=1",
    json({ 0: scope }),
    400,
    "bad_input",
    /{"0": {"json"/,
  ],
  ["no input", "train.get", {}, 400, "bad_input", /^input is missing; its type is object\.$/],
  ["an empty input", 'train.get?input={"json":{}}', {}, 400, "bad_input", /^avatarId is missing; .*runId is/],
  [
    "a body that is no JSON",
    "adapter.create",
    { body: "{not" },
    400,
    "bad_input",
    /^The input is not JSON: /,
  ],
  [
    "a 'meta' of something else",
    "adapter.create",
    json({ json: scope, meta: { values: { userId: ["Nope"] } } }),
    400,
    "bad_input",
    /'meta' does not fit/,
  ],
  [
    "a PUT",
    "adapter.create",
    { ...json({ json: scope }), method: "PUT" },
    405,
    "method_not_supported",
    /PUT/,
  ],
  ["a DELETE", "adapter.delete", { method: "DELETE" }, 405, "method_not_supported", /no DELETE/],
  ["a GET of a mutation", "adapter.create", {}, 405, "method_not_supported", /'adapter.create' .* with POST/],
  ["an unknown procedure", "adapter.gett", {}, 404, "procedure_not_found", /'adapter.gett'/],
  ["a badly encoded path", "adapter.%E0%A4%A", {}, 400, "bad_input", /'adapter.%E0%A4%A' is badly encoded/],
  ["a long batch", queries(21), {}, 400, "bad_input", /holds 21 calls; one request takes 20 at most/],
  ["a query among mutations", "adapter.get,adapter.create?batch=1", {}, 400, "bad_input", /query, mutation/],
  [
    "a form",
    "adapter.create",
    { body: new FormData() },
    400,
    "bad_input",
    /'multipart\/form-data'.*createUpload/,
  ],
  [
    "plain text",
    "adapter.create",
    { body: "x", headers: { "content-type": "text/plain" } },
    400,
    "bad_input",
    /'content-type' is 'text\/plain', .* must be application\/json/,
  ],
  ["a POST of nothing", "adapter.create", { method: "POST" }, 400, "bad_input", /'content-type' is missing/],
  [
    "a chat that is not streamed",
    "chat",
    json({ json: chat }),
    400,
    "bad_input",
    /trpc-accept: application\/jsonl/,
  ],
  [
    "a stream that is no batch",
    "chat",
    { ...json({ json: chat }), headers: { "trpc-accept": "application/jsonl" } },
    400,
    "bad_input",
    /add \?batch=1/,
  ],
])(
  "%s is refused with what to do, and under the request's id",
  async (_what, path, init, status, code, message) => {
    const answer = await rawRequest(running, path, init);
    expect(answer.status).toBe(status);
    expect(await errorIn(answer)).toMatchObject({
      code,
      message: expect.stringMatching(message),
      requestId: answer.headers.get("x-request-id"),
    });
  },
);

test.each([
  ["a DELETE", { method: "DELETE" }, "GET, HEAD, POST"],
  ["a GET of a mutation", {}, "POST"],
])("%s is told which methods there are", async (_what, init, allowed) => {
  const answer = await rawRequest(running, "adapter.create", init);
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
});

test("a query is answered by POST, too: its input may be too long for a URL", async () => {
  const answer = await rawRequest(running, "adapter.get", json({ json: scope }));
  expect(await errorIn(answer)).toMatchObject({ code: "adapter_not_found" });
});

test.each<[string, (key: string) => string, string, RegExp]>([
  ["nothing", () => "", "missing_key", /is missing/],
  ["no key", () => "Bearer", "missing_key", /no key after 'Bearer'/],
  ["another scheme", () => "Basic YTpi", "missing_key", /does not begin with 'Bearer '/],
  ["the key alone", (key) => key, "missing_key", /does not begin with 'Bearer '/],
  ["Bearer twice", (key) => `Bearer Bearer ${key}`, "invalid_key", /says 'Bearer' twice/],
  ["two words", (key) => `Bearer ${key} x`, "invalid_key", /more than one word/],
  ["a letter of no key", (key) => `Bearer ${key}é`, "invalid_key", /a character that no key has/],
  ["a space of no key", (key) => `Bearer ${key}\u00a0`, "invalid_key", /a character that no key has/],
  ["quotes", (key) => `Bearer "${key}"`, "invalid_key", /no key looks like it/],
  [
    "another key",
    (key) => `Bearer ${key.slice(0, -4)}AAAA`,
    "invalid_key",
    /^The API key is not known here\.$/,
  ],
])(
  "an authorization header with %s is told so, and nothing of it repeated",
  async (_what, make, code, message) => {
    const answer = await rawRequest(running, "health", {
      headers: { authorization: make(running.serviceKey) },
    });
    expect(answer.status).toBe(401);
    const refusal = await errorIn(answer);
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify(refusal)).not.toContain(running.serviceKey.slice(3, 30));
  },
);

test("headers longer than are read are answered with a code, however much of them there is", async () => {
  for (const length of [20_000, 500_000]) {
    const answer = await rawRequest(running, "health", { headers: { "x-long": "y".repeat(length) } });
    expect(answer.status).toBe(431);
    expect(await answer.json()).toMatchObject({
      error: {
        code: "headers_too_large",
        message: expect.stringContaining("16 KiB"),
        requestId: answer.headers.get("x-request-id"),
      },
    });
  }
  expect(running.host.logged()).toContain('"code":"headers_too_large"');
});

test("a caller who still sends when the refusal comes is not cut off", async () => {
  const { hostname, port } = new URL(running.host.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const answer = text(socket);
  socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${"y".repeat(20_000)}`);
  expect(await answer).toContain('"code":"headers_too_large"');
  for (let chunk = 0; chunk < 50; chunk += 1) await promisify(socket.write).call(socket, "y".repeat(1_000));
  socket.end();
  await once(socket, "close");
});

test("what is no HTTP is answered with a code too", async () => {
  const { hostname, port } = new URL(running.host.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.end("HELLO\r\n\r\n");
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain('"code":"bad_input"');
});
