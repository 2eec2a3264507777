import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ApiRunEvent } from "@loraloom/router";
import { Hono } from "hono";
import { expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { cutStalled } from "./cut-stalled.ts";
import { toEventStream } from "./event-stream.ts";
import { type Listening, listen } from "./listen.ts";
import type { RequestEnv } from "./log-requests.ts";

const soon = { timeout: 100_000 };
const describeError = () => ({ code: "internal" });

const eventOf = (seq: number): ApiRunEvent => ({
  seq,
  at: new Date(0),
  attempt: 1,
  type: "run-claimed",
  data: { attempt: 1, workerId: "w".repeat(10_000) },
});

type Served = { events: AsyncIterable<ApiRunEvent>; pingMilliseconds?: number; stallMilliseconds?: number };

const serve = async ({
  events,
  pingMilliseconds = 50,
  stallMilliseconds = 300,
}: Served): Promise<Listening> => {
  const app = new Hono<RequestEnv>();
  app.use(cutStalled(stallMilliseconds));
  app.get("/", () => {
    const body = toEventStream(events, { pingMilliseconds, describeError });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  return listen(app.fetch, { hostname: "127.0.0.1", port: 0, log: createLog("error") });
};

const request = async (url: string): Promise<Socket> => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  return socket;
};

test("a reader that does not read is cut, and of endless events few were asked for", async () => {
  let asked = 0;
  let isEnded = false;
  async function* endless() {
    try {
      for (;;) yield eventOf(++asked);
    } finally {
      isEnded = true;
    }
  }
  const served = await serve({ events: endless() });
  const socket = await request(served.url);
  socket.pause();
  await vi.waitUntil(() => isEnded, soon);
  // What the two ends of a connection hold, and no more: the operating system's buffers.
  expect(asked * 10_000).toBeLessThan(40_000_000);
  expect(asked).toBeGreaterThan(1);
  socket.destroy();
  await served.close(0);
});

test("a reader that reads is not cut while nothing happens", async () => {
  const silence = Promise.withResolvers<void>();
  async function* late() {
    yield eventOf(1);
    await silence.promise;
    yield eventOf(2);
  }
  const served = await serve({ events: late(), pingMilliseconds: 5, stallMilliseconds: 1_000 });
  const socket = await request(served.url);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  // Far longer than the time after which a silent connection would be cut.
  await vi.waitUntil(() => text.split(": ping").length > 300, soon);
  silence.resolve();
  await vi.waitUntil(() => text.includes("id: 2"), soon);
  socket.destroy();
  await served.close(0);
});

test("events that end in an error say so last", async () => {
  async function* failing() {
    yield eventOf(1);
    throw new Error("a secret of the server");
  }
  const text = await new Response(
    toEventStream(failing(), { pingMilliseconds: 1_000, describeError }),
  ).text();
  expect(text).toMatch(/\n\nevent: stream-error\ndata: {"code":"internal"}\n\n$/);
});
