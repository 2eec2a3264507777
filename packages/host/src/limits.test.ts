import { BlockList } from "node:net";
import { createApiKey } from "@loraloom/store/access";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { queueRun } from "./testing/queue-run.ts";
import { errorIn, rawRequest } from "./testing/raw-request.ts";
import {
  type RunningHost,
  startConnectedHost,
  startTestHost,
  type TestHost,
  unlimited,
} from "./testing/start-test-host.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

/** A further host over the same database, with limits of its own. */
const startLimited = async (limits: Partial<typeof unlimited>, proxies = new BlockList()) => {
  const changes = { limits: { ...unlimited, ...limits }, trustedProxies: proxies };
  const host = await startTestHost(running.parts, changes);
  await host.connected;
  return host;
};
const makeKey = async (userId: string) => {
  const made = { kind: "user", name: userId, scopes: ["read" as const], userId } as const;
  return (await createApiKey(running.store, { ...made, scopes: ["read"] })).key;
};

type Ask = { path?: string; key?: string; headers?: Record<string, string> };
const ask = (host: TestHost, { path = "health", key = running.serviceKey, headers = {} }: Ask = {}) =>
  rawRequest({ host, serviceKey: key }, path, { headers });
const statusesOf = async (count: number, request: () => Promise<Response>) => {
  const statuses: number[] = [];
  for (let at = 0; at < count; at += 1) statuses.push((await request()).status);
  return statuses;
};

test("a key that calls too often is told which limit it is and when it resets; others go on", async () => {
  await using host = await startLimited({ userCalls: 3, serviceCalls: 4 });
  const [ada, bob] = [await makeKey("ada"), await makeKey("bob")];
  const list = (key: string) => ask(host, { path: 'adapter.list?input={"json":{}}', key });
  expect(await statusesOf(3, () => list(ada))).toEqual([200, 200, 200]);
  const refused = await list(ada);
  expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, expect.any(Number)]);
  expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  expect(await errorIn(refused)).toMatchObject({
    code: "rate_limited",
    message: expect.stringMatching(
      /^The limit is 3 calls of one user's key in 10 seconds; it resets in \d+ s\.$/,
    ),
    details: { most: 3, seconds: 10, resetsAt: expect.any(String), retryAfterSeconds: expect.any(Number) },
    requestId: refused.headers.get("x-request-id"),
  });
  expect((await list(bob)).status).toBe(200);
  expect(await statusesOf(5, () => ask(host))).toEqual([200, 200, 200, 200, 429]);
  expect(host.logged()).toContain('"code":"rate_limited"');
});

test("each call of a batch counts, however its commas are written", async () => {
  await using host = await startLimited({ serviceCalls: 5 });
  const batch = "?batch=1&input={}";
  expect((await ask(host, { path: `health,health,health${batch}` })).status).toBe(200);
  expect((await ask(host, { path: `health%2Chealth%2chealth${batch}` })).status).toBe(429);
});

test("an address is limited over all its keys, whatever it says that it is", async () => {
  await using host = await startLimited({ addressCalls: 2 });
  const spoofed = () => ask(host, { headers: { "x-forwarded-for": String(Math.random()) } });
  expect(await statusesOf(3, spoofed)).toEqual([200, 200, 429]);
  const page = await fetch(`${host.url}/reference`);
  expect([page.status, await page.json()]).toMatchObject([429, { error: { code: "rate_limited" } }]);
});

test("supervisors are answered, whatever else comes from the address that they ask through", async () => {
  await using host = await startLimited({ addressCalls: 1 });
  expect(await statusesOf(2, () => ask(host))).toEqual([200, 429]);
  for (const path of ["live", "ready"])
    expect(await statusesOf(2, () => fetch(`${host.url}/health/${path}`))).toEqual([200, 200]);
  const unknown = await fetch(`${host.url}/health/other`);
  expect(unknown.status).toBe(429);
});

test("behind a proxy that is trusted each caller has an address of its own", async () => {
  const proxies = new BlockList();
  proxies.addAddress("127.0.0.1");
  await using host = await startLimited({ addressCalls: 2 }, proxies);
  const from = (address: string) => ask(host, { headers: { "x-forwarded-for": `made-up, ${address}` } });
  expect(await statusesOf(3, () => from("198.51.100.1"))).toEqual([200, 200, 429]);
  expect((await from("198.51.100.2")).status).toBe(200);
});

test("an address whose keys are refused too often is refused, but not who has called from there before", async () => {
  await using host = await startLimited({ addressFailures: 3 });
  const guess = () => ask(host, { key: `ll_${Math.random()}` });
  expect((await ask(host)).status).toBe(200);
  expect(await statusesOf(5, guess)).toEqual([401, 401, 401, 429, 429]);
  const late = await ask(host, { key: await makeKey("late") });
  expect([late.status, (await errorIn(late)).code]).toEqual([429, "too_many_failures"]);
  expect((await ask(host)).status).toBe(200);
});

test("who guesses keys at /metrics is refused as anywhere", async () => {
  await using host = await startLimited({ addressFailures: 2 });
  const guess = () =>
    fetch(`${host.url}/metrics`, { headers: { authorization: `Bearer ll_${Math.random()}` } });
  expect(await statusesOf(3, guess)).toEqual([401, 401, 429]);
  expect(await statusesOf(1, () => ask(host, { key: "ll_other" }))).toEqual([429]);
});

test("without a limit nothing is refused", async () => {
  await using host = await startLimited({});
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(host)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test("a user's webhooks are tried, and avatars shared, no more often than is allowed, whoever asks for it", async () => {
  await using host = await startLimited({ webhookCalls: 3, shareCalls: 2 });
  const { webhooks, shares } = host.client(running.serviceKey);
  const refusalIn = async (calls: (() => Promise<unknown>)[]) => {
    const codes: string[] = [];
    for (const call of calls) codes.push((await refusalOf(call())).code);
    return codes;
  };
  const webhook = { userId: "ada", webhookId: "unknown" };
  expect(
    await refusalIn([
      () => webhooks.test.mutate(webhook),
      () => webhooks.redeliver.mutate({ userId: "ada", deliveryId: "unknown" }),
      () => webhooks.update.mutate(webhook),
      () => webhooks.test.mutate(webhook),
      () => webhooks.create.mutate({ userId: "ada", url: "https://example.com/" }),
      () => webhooks.test.mutate({ ...webhook, userId: "bob" }),
    ]),
  ).toEqual([
    ...["webhook_not_found", "delivery_not_found", "webhook_not_found"],
    ...["rate_limited", "rate_limited", "webhook_not_found"],
  ]);
  const share = { userId: "ada", avatarId: "mia", with: "ada", role: "member" as const };
  const set = () => shares.set.mutate(share);
  expect(await refusalIn([set, set])).toEqual(["share_refused", "share_refused"]);
  expect(await refusalOf(set())).toMatchObject({
    code: "rate_limited",
    message: expect.stringMatching(/^The limit is 2 calls by which .* in 60 seconds; it resets in \d+ s\.$/),
  });
  const body = JSON.stringify({ json: share });
  const { status, headers } = await rawRequest({ host, serviceKey: running.serviceKey }, "shares.set", {
    body,
  });
  expect([status, headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  const { userId, avatarId } = share;
  expect(await refusalIn([() => shares.remove.mutate({ userId, avatarId, with: "bob" })])).toEqual([
    "share_not_found",
  ]);
});

test("of hundreds of streams from one key those beyond the limit are refused, and the host stays well", async () => {
  await using host = await startLimited({ streams: 20 });
  const target = await queueRun(running, "streams");
  const input = encodeURIComponent(JSON.stringify({ json: target }));
  const ending = new AbortController();
  const open = () =>
    fetch(`${host.url}/trpc/train.watch?input=${input}`, {
      headers: { authorization: `Bearer ${running.serviceKey}`, accept: "text/event-stream" },
      signal: ending.signal,
    });
  const answers = await Promise.all(Array.from({ length: 300 }, open));
  const firsts = await Promise.all(answers.map(firstOf));
  const refused = firsts.filter((text) => text.includes("too_many_streams"));
  const open20 = firsts.filter((text) => text.includes("run-queued"));
  expect([open20.length, refused.length]).toEqual([20, 280]);
  expect((await ask(host)).status).toBe(200);
  const plain = await fetch(`${host.url}/v1/runs/${target.runId}/events?userId=${target.userId}`, {
    headers: { authorization: `Bearer ${running.serviceKey}` },
  });
  expect([plain.status, await plain.json()]).toMatchObject([429, { error: { code: "too_many_streams" } }]);
  const chat = { userId: "ada", avatarId: "mia", messages: [{ role: "user" as const, content: "Hi" }] };
  const answer = host.client(running.serviceKey).chat.mutate(chat);
  expect(await refusalOf(answer.then((items) => Array.fromAsync(items)))).toMatchObject({
    code: "too_many_streams",
  });
  ending.abort();
  // What was ended makes room again.
  await vi.waitFor(
    async () => {
      const again = await fetch(`${host.url}/trpc/train.watch?input=${input}`, {
        headers: { authorization: `Bearer ${running.serviceKey}`, accept: "text/event-stream" },
      });
      expect(await firstOf(again)).toContain("run-queued");
    },
    { timeout: 100_000 },
  );
});

/** What a stream says until its first event or its end. */
const firstOf = async ({ body }: Response): Promise<string> => {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && !/run-queued|too_many_streams/.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  return text;
};
