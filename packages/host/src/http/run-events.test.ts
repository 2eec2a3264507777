import { revokeApiKey } from "@loraloom/store/access";
import { startTcpProxy } from "@loraloom/testkit";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { claimNext, queueRun } from "../testing/queue-run.ts";
import {
  type RunningHost,
  startConnectedHost,
  startTestHost,
  unlimited,
} from "../testing/start-test-host.ts";
import { usualStreamTimes } from "./stream-times.ts";

const soon = { timeout: 100_000 };

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

type Ask = { key?: string; url?: string; query?: string; lastEventId?: string; signal?: AbortSignal };

const ask = (runId: string, { key, url, query = "?userId=ada", lastEventId, signal }: Ask = {}) =>
  fetch(`${url ?? running.host.url}/v1/runs/${runId}/events${query}`, {
    headers: {
      authorization: `Bearer ${key ?? running.serviceKey}`,
      ...(lastEventId && { "last-event-id": lastEventId }),
    },
    ...(signal && { signal }),
  });

/** The messages of a whole stream, each as its fields. */
const messagesIn = (text: string) =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("id: "))
    .map(
      (block): Record<string, string> =>
        Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2))),
    );

const refusalSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }),
});
const refusalIn = async (response: Response) => ({
  status: response.status,
  ...refusalSchema.parse(await response.json()).error,
});

test("events come as server-sent events, from the first to the last", async () => {
  const target = await queueRun(running, "plain");
  await running.api.train.cancel.mutate(target);
  const response = await ask(target.runId);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const messages = messagesIn(await response.text());
  expect(messages.map(({ id, event }) => [id, event])).toEqual([
    ["1", "run-queued"],
    ["2", "run-cancelled"],
  ]);
  expect(JSON.parse(messages[1]?.data ?? "")).toEqual({
    seq: 2,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    attempt: 0,
    type: "run-cancelled",
    data: { reason: "requested", versionId: null, notKept: null },
  });
});

test("a stream goes on after the event of its header, or else of its query", async () => {
  const target = await queueRun(running, "resumed");
  await running.api.train.cancel.mutate(target);
  const idsOf = async (options: Ask) =>
    messagesIn(await (await ask(target.runId, options)).text()).map(({ id }) => id);
  expect(await idsOf({ lastEventId: "1" })).toEqual(["2"]);
  expect(await idsOf({ query: "?userId=ada&lastEventId=1" })).toEqual(["2"]);
  expect(await idsOf({ query: "?userId=ada&lastEventId=2", lastEventId: "0" })).toEqual(["1", "2"]);
});

test("where nothing is left the answer is empty, so that an EventSource does not come back", async () => {
  const target = await queueRun(running, "over");
  await running.api.train.cancel.mutate(target);
  expect((await ask(target.runId, { lastEventId: "2" })).status).toBe(204);
});

test("a user's key needs no user, and another user's run is as one that is not there", async () => {
  const target = await queueRun(running, "owned");
  await running.api.train.cancel.mutate(target);
  const keyOf = async (userId: string) =>
    (await running.api.keys.create.mutate({ kind: "user", userId, name: userId })).key;
  const own = await ask(target.runId, { key: await keyOf("ada"), query: "" });
  expect(messagesIn(await own.text())).toHaveLength(2);
  const foreign = await refusalIn(await ask(target.runId, { key: await keyOf("bob"), query: "" }));
  const absent = await refusalIn(await ask("nothing", { key: await keyOf("bob"), query: "" }));
  expect(foreign).toMatchObject({ status: 404, code: "run_not_found" });
  expect(foreign.message.replace(target.runId, "nothing")).toBe(absent.message);
});

test.each([
  ["no key", "x", { key: "" }, 401, "missing_key"],
  ["a wrong key", "x", { key: "ll_wrong" }, 401, "invalid_key"],
  ["no user for a service key", "x", { query: "" }, 400, "user_required"],
  ["a bad user", "x", { query: "?userId=a%20b" }, 400, "bad_user_id"],
  ["a run that is not there", "x", {}, 404, "run_not_found"],
  ["an id with NUL", "x%00", {}, 400, "bad_input"],
  ["an endless id", "x".repeat(65), {}, 400, "bad_input"],
  ["a word for a number", "x", { lastEventId: "one" }, 400, "bad_input"],
  ["a negative number", "x", { query: "?userId=ada&lastEventId=-1" }, 400, "bad_input"],
  ["an unknown option", "x", { query: "?userId=ada&lasteventid=1" }, 400, "bad_input"],
])("%s is refused before the stream begins", async (_name, runId, options, status, code) => {
  const response = await ask(runId, options);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await refusalIn(response)).toMatchObject({ status, code, requestId: expect.any(String) });
});

test("an event that is yet to come can't have been seen", async () => {
  const target = await queueRun(running, "early");
  const refusal = await refusalIn(await ask(target.runId, { lastEventId: "99" }));
  expect(refusal).toMatchObject({ status: 400, code: "bad_input" });
  expect(refusal.message).toContain("lastEventId = 99");
  await running.api.train.cancel.mutate(target);
});

test("an EventSource sees each event once, also where it is cut and goes on at another host", async () => {
  const target = await queueRun(running, "moving");
  const report = await claimNext(running);
  await using second = await startTestHost(running.parts);
  await second.connected;
  await using firstDoor = await startTcpProxy(addressOf(running.host.url));
  await using secondDoor = await startTcpProxy(addressOf(second.url));
  let door = firstDoor;
  const seen: number[] = [];
  const source = new EventSource("http://localhost", {
    fetch: (_url, { headers }) => {
      const lastEventId = headers["Last-Event-ID"];
      const url = `http://127.0.0.1:${door.port}`;
      return ask(target.runId, { url, ...(lastEventId && { lastEventId }) });
    },
  });
  for (const type of ["run-queued", "run-claimed", "progress"]) {
    source.addEventListener(type, ({ lastEventId }) => seen.push(Number(lastEventId)));
  }
  for (let step = 1; step <= 9; step += 1) {
    await report();
    if (step === 3) await vi.waitFor(() => expect(seen).toHaveLength(5), soon);
    if (step === 5) door = secondDoor;
    if (step === 6) firstDoor.shut();
  }
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(11), soon);
  source.close();
  expect(seen).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
});

const addressOf = (url: string) => ({ host: "127.0.0.1", port: Number(new URL(url).port) });

test("a key that is revoked ends its open streams, and the last message says why", async () => {
  await using host = await startTestHost(
    running.parts,
    {},
    {
      times: { ...usualStreamTimes, lookAgainMilliseconds: 20 },
    },
  );
  await host.connected;
  const target = await queueRun(running, "revoked");
  const report = await claimNext(running);
  const key = await running.api.keys.create.mutate({ kind: "user", userId: "ada", name: "short-lived" });
  const response = await ask(target.runId, { url: host.url, key: key.key, query: "" });
  let text = "";
  const read = async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  const reading = read();
  // While it is looked at again and again, the stream goes on and repeats nothing.
  for (let step = 1; step <= 10; step += 1) {
    await report();
    await vi.waitFor(() => expect(messagesIn(text)).toHaveLength(step + 2), soon);
  }
  await revokeApiKey(running.store, key.id);
  await reading;
  expect(messagesIn(text).map(({ id }) => Number(id))).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(text).toContain('event: stream-error\ndata: {"code":"revoked_key"');
});

test("a stream at the limit keeps its place while its key is looked at, and what nobody reads takes none", async () => {
  const times = { ...usualStreamTimes, lookAgainMilliseconds: 20 };
  const changes = { limits: { ...unlimited, streams: 1 } };
  await using host = await startTestHost(running.parts, changes, { times });
  await host.connected;
  const { url } = host;
  const over = await queueRun(running, "unread");
  await running.api.train.cancel.mutate(over);
  const path = `${url}/v1/runs/${over.runId}/events?userId=ada`;
  const authorization = `Bearer ${running.serviceKey}`;
  expect((await fetch(path, { method: "HEAD", headers: { authorization } })).status).toBe(200);
  expect((await ask(over.runId, { url, lastEventId: "2" })).status).toBe(204);
  const target = await queueRun(running, "placed");
  const report = await claimNext(running);
  const burst = await Promise.all(Array.from({ length: 20 }, () => ask(target.runId, { url })));
  // None begins and learns of its refusal by its first event.
  expect(burst.filter(({ status }) => status === 429)).toHaveLength(19);
  const response = burst.find(({ status }) => status === 200);
  let text = "";
  const read = async () => {
    for await (const chunk of response?.body ?? []) text += Buffer.from(chunk).toString();
  };
  const reading = read();
  for (let step = 1; step <= 10; step += 1) {
    expect(await refusalIn(await ask(target.runId, { url }))).toMatchObject({
      status: 429,
      code: "too_many_streams",
    });
    await report();
    await vi.waitFor(() => expect(messagesIn(text)).toHaveLength(step + 2), soon);
  }
  await running.api.train.cancel.mutate(target);
  await host[Symbol.asyncDispose]();
  await reading;
});
