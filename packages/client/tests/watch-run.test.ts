import { claimRun, endCancelled, recordProgress, recordStarted } from "@loraloom/store/runs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Client, createClient, type RunEvent } from "../src/index.ts";
import { startConnectionCutter } from "./connection-cutter.ts";
import { type LiveServer, startLiveServer } from "./start-live-server.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';

let server: LiveServer;
beforeAll(async () => {
  server = await startLiveServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

test("a watch that is cut off again and again misses no event and repeats none", async () => {
  await using cutter = await startConnectionCutter(server.url);
  const client = connect(cutter.url);
  const target = await startRun(client, "cut");
  const seen: RunEvent[] = [];
  const working = work(target.runId, async (step) => {
    if (step % 20 !== 0) return;
    // All that there is has come, so the stream is open and what follows comes over another one.
    await expect.poll(() => seen.length).toBeGreaterThan(step);
    cutter.cut();
  });
  for await (const event of client.watchRun(target)) seen.push(event);
  await working;

  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
  expect(seen.filter(({ type }) => type === "progress")).toHaveLength(steps);
  expect(seen.at(0)?.type).toBe("run-queued");
  expect(seen.at(-1)?.type).toBe("run-cancelled");
  expect(cutter.connections()).toBeGreaterThan(steps / 20);
});

test("a watch goes on after the event it is given, and ends at once after the last one", async () => {
  const client = connect(server.url);
  const target = await startRun(client, "resumed");
  await client.train.cancel.mutate(target);
  const all = await Array.fromAsync(client.watchRun(target));
  expect(await Array.fromAsync(client.watchRun(target, { lastEventId: 1 }))).toEqual(all.slice(1));
  expect(await Array.fromAsync(client.watchRun(target, { lastEventId: String(all.length) }))).toEqual([]);
});

test("a server that closes the stream and is then away for some seconds is waited for", async () => {
  const target = await startRun(connect(server.url), "away");
  await connect(server.url).train.cancel.mutate(target);
  let refusals = 4;
  const away: typeof fetch = async (input, init) => {
    const isAsked = String(input).includes("train.get") && refusals-- > 0;
    return isAsked ? Promise.reject(new TypeError("refused")) : fetch(input, init);
  };
  const client = createClient({ url: server.url, apiKey: server.apiKey, fetch: away });
  expect(await Array.fromAsync(client.watchRun(target, { lastEventId: 2 }))).toEqual([]);
  expect(refusals).toBeLessThan(0);
});

test("an aborted watch throws its signal's reason", async () => {
  const client = connect(server.url);
  const target = await startRun(client, "aborted");
  const controller = new AbortController();
  const watching = async () => {
    for await (const _ of client.watchRun(target, { signal: controller.signal })) controller.abort("enough");
  };
  await expect(watching()).rejects.toBe("enough");
});

test("what the server refuses is thrown with its code", async () => {
  const client = connect(server.url);
  const { runId, ...scope } = await startRun(client, "refused");
  const unknown = { ...scope, runId: `${runId.slice(0, -4)}0000` };
  await expect(Array.fromAsync(client.watchRun(unknown))).rejects.toMatchObject({
    code: "run_not_found",
    requestId: expect.any(String),
  });
  const stranger = createClient({ url: server.url, apiKey: "ll_nobody" });
  await expect(Array.fromAsync(stranger.watchRun({ ...scope, runId }))).rejects.toMatchObject({
    code: "invalid_key",
  });
});

test.each(["x", -1, 1.5])("refuses '%s' as the number of an event", async (lastEventId) => {
  const watching = connect(server.url).watchRun({ avatarId: "mia", runId: "01" }, { lastEventId });
  await expect(watching.next()).rejects.toMatchObject({ code: "bad_input" });
});

test("after kill -9 of the host a watch goes on at the next one, and what was acknowledged is there", async () => {
  const client = connect(server.url);
  const target = await startRun(client, "killed");
  const seen: RunEvent[] = [];
  const watching = (async () => {
    for await (const event of client.watchRun(target)) seen.push(event);
  })();
  await expect.poll(() => seen.length).toBe(1);
  await server.replaceHost();
  expect(await client.train.cancel.mutate(target)).toMatchObject({ id: target.runId, status: "cancelled" });
  await watching;
  expect(seen.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run-queued"],
    [2, "run-cancelled"],
  ]);
});

const connect = (url: string): Client => createClient({ url, apiKey: server.apiKey });

const startRun = async (client: Client, avatarId: string) => {
  const scope = { userId: "ada", avatarId };
  await client.uploadTrainingData(new Blob([row]), { ...scope, name: "chats.jsonl" });
  await client.adapter.create.mutate(scope);
  const run = await client.train.start.mutate({ ...scope, evaluation: "none" });
  return { ...scope, runId: run.id };
};

const steps = 100;

/** Plays the worker that the run is waiting for. */
const work = async (runId: string, afterStep: (step: number) => Promise<void>): Promise<void> => {
  const { store } = server;
  const { engineKey } = await connect(server.url).train.get.query({ userId: "ada", avatarId: "cut", runId });
  // A claim skips a row that a sweep of the host has just locked.
  const claim = () => claimRun(store, { workerId: "01", engineKey, leaseSeconds: 60 });
  const run = await vi.waitUntil(claim, { timeout: 100_000, interval: 20 });
  if (run.id !== runId) throw new Error(`Run '${runId}' was not the next one.`);
  const fence = { runId, attempt: run.attempt };
  await recordStarted(store, fence, { steps, resumedFromStep: 0 });
  for (let step = 1; step <= steps; step++) {
    await recordProgress(store, fence, progressAt(step));
    await afterStep(step);
  }
  await endCancelled(store, fence);
};

const progressAt = (step: number) => ({
  step,
  steps,
  epoch: 0,
  loss: 1,
  learningRate: 1e-4,
  tokens: step,
  tokensPerSecond: 1,
  etaSeconds: steps - step,
});
