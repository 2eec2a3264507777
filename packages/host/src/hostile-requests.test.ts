/** Requests that mean harm: the host refuses them, goes on, and its log stays one line a request. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { errorIn, rawRequest } from "./testing/raw-request.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

const open = async (): Promise<Socket> => {
  const { hostname, port } = new URL(running.host.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  return socket;
};
/** Writes a request as it is, and reads all that is answered. */
const send = async (request: string): Promise<string> => {
  const socket = await open();
  socket.write(request);
  return text(socket);
};
const forged = '{"level":60,"msg":"forged"}';
const encoded = encodeURIComponent(`\r\nset-cookie: forged=1\r\n\r\n${forged}\n`);

test.each([
  ["a path", `GET /trpc/health${encoded} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`],
  ["a path of no route", `GET /${encoded} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`],
  ["a run's id", `GET /v1/runs/${encoded}/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`],
  ["a method", `GET\n${forged} / HTTP/1.1\r\nhost: x\r\n\r\n`],
  ["a bare line feed in a header", `GET / HTTP/1.1\r\nhost: x\nx-a: ${forged}\r\nconnection: close\r\n\r\n`],
  ["a folded header", `GET / HTTP/1.1\r\nhost: x\r\nx-a: b\r\n ${forged}\r\nconnection: close\r\n\r\n`],
  ["two lengths", "POST /trpc/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
  [
    "a length and chunks",
    "POST /trpc/x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /forged HTTP/1.1\r\n\r\n",
  ],
])("%s forges no header and no log line", async (_what, request) => {
  const [head = "", ...more] = (await send(request)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 (4\d\d|200) /);
  expect(head).not.toMatch(/^set-cookie/im);
  // One answer, not a second one to a request that stood in the body.
  expect(more.join()).not.toContain("HTTP/1.1");
  const lines = running.host.logged().trimEnd().split("\n");
  for (const line of lines) expect(JSON.parse(line)).not.toMatchObject({ msg: "forged" });
});

test("names that hold line breaks stay inside the answer and the log line that they stand in", async () => {
  const name = `k\r\nset-cookie: forged=1\n${forged}`;
  const made = await running.api.keys.create.mutate({ kind: "user", userId: "ada", name });
  await running.api.keys.revoke.mutate({ id: made.id });
  const answer = await rawRequest({ host: running.host, serviceKey: made.key }, "adapter.list");
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
  expect((await errorIn(answer)).message).toContain(name);
  const lines = running.host.logged().trimEnd().split("\n");
  for (const line of lines) expect(JSON.parse(line)).not.toMatchObject({ msg: "forged" });
});

test("a body without an end is refused at the limit, and read no further", async () => {
  const socket = await open();
  const answered = text(socket);
  const { serviceKey } = running;
  socket.on("error", () => undefined);
  socket.write(
    `POST /trpc/adapter.create HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${serviceKey}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
  let sent = 0;
  const pump = (): void => {
    while (!socket.destroyed && sent < 4_096 && socket.write(chunk)) sent += 1;
  };
  socket.on("drain", pump);
  pump();
  const answer = await answered.catch(() => "cut");
  expect(answer).toMatch(/payload_too_large|cut/);
  // 256 MiB were on offer.
  expect(sent).toBeLessThan(1_024);
  expect((await rawRequest(running, "health")).status).toBe(200);
});

test("a list that is nested without end, or a prototype's name, is an input like any other", async () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  for (const body of [nested, `{"json":${nested}}`, '{"json":{"__proto__":{"admin":true}}}']) {
    const answer = await rawRequest(running, "adapter.create", { body });
    expect(answer.status).toBe(400);
    expect(await errorIn(answer)).toMatchObject({ code: "bad_input" });
  }
  const reader = running.host.client("ll_wrong").adapter.list.query({});
  expect(await refusalOf(reader)).toMatchObject({ code: "invalid_key" });
});
