/** What Prometheus reads at a real host, and who else may. */
import { createApiKey } from "@loraloom/store/access";
import type { KeyScope } from "@loraloom/store/tables";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusalOf } from "../testing/api-client.ts";
import { queueRun } from "../testing/queue-run.ts";
import { type RunningHost, startConnectedHost } from "../testing/start-test-host.ts";

const metricsToken = "a token for Prometheus alone";
let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost({ metricsToken });
});
afterAll(() => running[Symbol.asyncDispose]());

const scrape = (key?: string) =>
  fetch(`${running.host.url}/metrics`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
/** The values of a figure by its labels, as they are written. */
const figure = async (name: string): Promise<Record<string, number>> => {
  const text = await (await scrape(metricsToken)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(lines.map((line) => [labelsOf(line), Number(line.split(" ").at(-1))]));
};
const labelsOf = (line: string): string => /\{(.*)\}/.exec(line)?.[1] ?? "";

const keyOf = async (kind: "user" | "service", scopes: KeyScope[]): Promise<string> => {
  const userId = kind === "user" ? "ada" : undefined;
  return (await createApiKey(running.store, { kind, name: "k", scopes, userId })).key;
};

test.each<[string, () => Promise<string | undefined>, number, string | undefined]>([
  ["nobody", async () => undefined, 401, "missing_key"],
  ["a stranger", async () => "another token of that length", 401, "invalid_key"],
  ["a user who administrates nothing", () => keyOf("user", ["read", "admin"]), 403, "missing_scope"],
  ["a service that only trains", () => keyOf("service", ["read", "train"]), 403, "missing_scope"],
  ["an operator's service key", () => keyOf("service", ["admin"]), 200, undefined],
  ["whoever has the metrics token", async () => metricsToken, 200, undefined],
])("%s is answered as is right", async (_who, key, status, code) => {
  const answer = await scrape(await key());
  expect(answer.status).toBe(status);
  if (code) expect(await answer.json()).toMatchObject({ error: { code, requestId: expect.any(String) } });
  else expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
});

test("calls are counted by procedure and outcome, requests by the pattern of their route", async () => {
  await running.api.adapter.list.query({ userId: "ada" });
  await refusalOf(running.api.adapter.get.query({ userId: "ada", avatarId: "nobody" }));
  await refusalOf(running.api.adapter.get.query({ userId: "a b", avatarId: "nobody" }));
  await fetch(`${running.host.url}/users/ada/secret`);
  const calls = await figure("loraloom_call_duration_seconds_count");
  expect(calls).toMatchObject({
    'procedure="adapter.list",code="ok"': 1,
    'procedure="adapter.get",code="adapter_not_found"': 1,
    'procedure="adapter.get",code="bad_user_id"': 1,
  });
  await vi.waitFor(async () => {
    const requests = await figure("loraloom_http_request_duration_seconds_count");
    expect(requests['route="/trpc/*",status="200"']).toBeGreaterThanOrEqual(1);
    expect(requests['route="unknown",status="404"']).toBe(1);
  }, 100_000);
});

test("a run's events by plain HTTP are counted as the procedure, whatever refuses them", async () => {
  const { runId } = await queueRun(running, "plain-avatar");
  const ask = async (path: string, key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(`${running.host.url}/v1/runs/${path}`, { headers });
    await answer.body?.cancel();
  };
  await ask(`${runId}/events?userId=ada`, running.serviceKey);
  await ask("unknown/events?userId=ada", running.serviceKey);
  await ask(`${runId}/events`, "ll_wrong");
  expect(await figure("loraloom_call_duration_seconds_count")).toMatchObject({
    'procedure="train.watch",code="ok"': 1,
    'procedure="train.watch",code="run_not_found"': 1,
    'procedure="train.watch",code="invalid_key"': 1,
  });
  await running.api.train.cancel.mutate({ userId: "ada", avatarId: "plain-avatar", runId });
});

test("waiting runs, open streams, the object store, the database and the process are told of", async () => {
  const watched = await queueRun(running, "watched-avatar");
  const events = await fetch(watchUrl(watched), {
    headers: { authorization: `Bearer ${running.serviceKey}`, accept: "text/event-stream" },
  });
  expect(await figure("loraloom_http_open_streams")).toMatchObject({ 'form="events"': 1 });
  await events.body?.cancel();
  await vi.waitFor(
    async () => expect(await figure("loraloom_http_open_streams")).toMatchObject({ 'form="events"': 0 }),
    100_000,
  );
  const engineKey = 'engine_key="tiny@main/float32/none"';
  const queued = {
    [`${engineKey},state="ready"`]: 1,
    [`${engineKey},state="held"`]: 0,
    [`${engineKey},state="paused"`]: 0,
  };
  // The database is asked once a second.
  await vi.waitFor(async () => expect(await figure("loraloom_queued_runs")).toMatchObject(queued), 100_000);
  expect((await figure("loraloom_queue_oldest_wait_seconds"))[engineKey]).toBeGreaterThan(0);
  const requests = await figure("loraloom_s3_request_duration_seconds_count");
  expect(requests['operation="PutObject",outcome="ok"']).toBeGreaterThan(0);
  expect(await figure("loraloom_database_up")).toEqual({ "": 1 });
  expect(Object.keys(await figure("loraloom_database_pool_connections"))).toHaveLength(3);
  expect((await figure("process_resident_memory_bytes"))[""]).toBeGreaterThan(1e6);
});

test("no user, avatar or file stands in any label", async () => {
  const text = await (await scrape(metricsToken)).text();
  expect(text).not.toMatch(/"ada"|watched-avatar|chats\.jsonl|secret/);
});

const watchUrl = (input: object): string =>
  `${running.host.url}/trpc/train.watch?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
