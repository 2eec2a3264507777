/** Chats through the real host; the workers are fixture programs that obey the gateway's schema. */
import { createApiKey, ensureAvatar, removeShare, revokeApiKey, setShare } from "@loraloom/store/access";
import { createAdapter } from "@loraloom/store/adapters";
import { heartbeatWorker } from "@loraloom/store/workers";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { usualStreamTimes } from "./http/stream-times.ts";
import { refusalOf } from "./testing/api-client.ts";
import { type Behaviour, done, type FixtureGateway, startFixtureGateway } from "./testing/fixture-gateway.ts";
import {
  type RunningHost,
  startConnectedHost,
  startTestHost,
  testPatience,
} from "./testing/start-test-host.ts";

let running: RunningHost;
let workers = new AsyncDisposableStack();
beforeAll(async () => {
  running = await startConnectedHost();
});
afterEach(async () => {
  await workers.disposeAsync();
  workers = new AsyncDisposableStack();
  await running.store.pool.query("delete from workers");
});
afterAll(() => running[Symbol.asyncDispose]());

const startWorker = async (id: string, behaviour: Behaviour, engineKey?: string): Promise<FixtureGateway> =>
  workers.use(
    await startFixtureGateway(running.store, {
      id,
      token: running.host.config.gatewayToken,
      behaviour,
      ...(engineKey && { engineKey }),
    }),
  );

const says =
  (...texts: string[]): Behaviour =>
  (write, response) => {
    for (const text of texts) write({ type: "token", text });
    write(done);
    response.end();
  };
const silent: Behaviour = () => undefined;
const fails =
  (code: "engine_busy" | "prompt_too_long" | "corrupt_adapter"): Behaviour =>
  (write, response) => {
    const fault = code === "prompt_too_long" ? "user" : "system";
    write({ type: "error", error: { code, message: "No.", remedy: "-", retryable: false, fault } });
    response.end();
  };

const messages = [{ role: "user" as const, content: "Hello" }];
const question = { userId: "ada", avatarId: "mia", version: "base", messages };
const { step: _step, ...withoutStep } = done;

const ask = async (version = "base", signal?: AbortSignal) =>
  running.api.chat.mutate({ ...question, version }, signal && { signal });
const textOf = async (answer: Awaited<ReturnType<typeof ask>>): Promise<string> => {
  const events = await Array.fromAsync(answer);
  return events.map((event) => (event.type === "token" ? event.text : "")).join("");
};

test("the base answers token by token, for an avatar that need not exist", async () => {
  const worker = await startWorker("one", says("He", "llo"));
  const events = await Array.fromAsync(await ask());
  expect(events).toEqual([
    { type: "token", text: "He" },
    { type: "token", text: "llo" },
    { ...withoutStep, version: "base", run: null },
  ]);
  expect(worker.requests).toEqual([
    {
      engineKey: "tiny@main/float32/none",
      messages: [{ role: "user", content: "Hello" }],
      adapter: null,
      maxTokens: 256,
      temperature: 0.7,
      topK: null,
      topP: 0.95,
      minP: 0,
      repetitionPenalty: 1,
      seed: null,
      stop: [],
      logprobs: null,
    },
  ]);
});

test("how tokens are chosen goes to the worker, and their log-probabilities come back", async () => {
  const top = [{ tokenId: 4, text: "Ha", logprob: -0.5 }];
  const logprobs = [{ tokenId: 3, text: "He", logprob: -1.5, top }];
  const worker = await startWorker("one", (write, response) => {
    write({ type: "token", text: "He", logprobs });
    write(done);
    response.end();
  });
  const sampling = { topK: 40, minP: 0.05, repetitionPenalty: 1.1, logprobs: 1, seed: 7 };
  const events = await Array.fromAsync(await running.api.chat.mutate({ ...question, ...sampling }));
  expect(events[0]).toEqual({ type: "token", text: "He", logprobs });
  expect(worker.requests).toMatchObject([sampling]);
});

test.each([
  ["temperature", -1],
  ["temperature", 2.5],
  ["topK", 0],
  ["topP", 0],
  ["minP", 1.1],
  ["repetitionPenalty", 0],
  ["logprobs", 21],
  ["maxTokens", 0],
])("%s = %d is refused by its name and value", async (option, value) => {
  const refusal = await refusalOf(running.api.chat.mutate({ ...question, [option]: value }));
  expect(refusal).toMatchObject({
    code: "bad_input",
    message: expect.stringContaining(`${option} = ${value}`),
    remedy: expect.stringContaining("Correct"),
  });
});

test("the base of an avatar whose adapter has another one is that one", async () => {
  const { api, store } = running;
  await startWorker("one", says("default"));
  await startWorker("two", says("other"), "other/allowed@main/float32/none");
  const scope = { userId: "ada", avatarId: "other-base" };
  await ensureAvatar(store, scope);
  await createAdapter(store, scope, { baseModel: "other/allowed" });
  expect(await textOf(await api.chat.mutate({ ...scope, version: "base", messages }))).toBe("other");
});

test("tokens are passed on as they come", async () => {
  const release = Promise.withResolvers<void>();
  await startWorker("one", async (write, response) => {
    write({ type: "token", text: "first" });
    await release.promise;
    write(done);
    response.end();
  });
  const events = (await ask())[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ type: "token", text: "first" });
  release.resolve();
  expect((await events.next()).value).toMatchObject({ type: "done" });
});

test("a worker that is silent gives way to one that answers", async () => {
  await startWorker("silent", silent);
  await startWorker("good", says("yes"));
  // Which one is asked first is left to chance.
  for (let asked = 0; asked < 6; asked += 1) expect(await textOf(await ask())).toBe("yes");
});

test("a worker that is gone, busy, or of another deployment gives way too", async () => {
  const gone = await startWorker("gone", says("never"));
  await gone[Symbol.asyncDispose]();
  await startWorker("busy", fails("engine_busy"));
  await startFixtureGateway(running.store, {
    id: "other",
    token: "another token",
    behaviour: says("no"),
  }).then((other) => workers.use(other));
  await startWorker("good", says("yes"));
  for (let asked = 0; asked < 6; asked += 1) expect(await textOf(await ask())).toBe("yes");
});

test("without a worker a chat fails in bounded time and names the keys served", async () => {
  await startWorker("other", says("no"), "big@main/float32/none");
  const begun = performance.now();
  const refusal = await refusalOf(ask().then(textOf));
  // What is more than its patience is what a busy machine takes.
  expect(performance.now() - begun).toBeLessThan(10 * testPatience.worker);
  expect(refusal).toMatchObject({
    code: "model_not_loaded",
    retryable: true,
    message: expect.stringMatching(/'tiny@main\/float32\/none'.*big@main\/float32\/none/),
  });
});

test("a worker that drains is not asked; a chat waits for one that becomes ready", async () => {
  const worker = await startWorker("one", says("late"));
  await heartbeatWorker(running.store, "one", { state: "draining" });
  await vi.waitFor(async () => {
    const { status } = await running.api.health.query();
    expect(status).toBe("degraded");
  }, 100_000);
  const answer = ask().then(textOf);
  // As long as the host needs to look for a worker, and far shorter than it waits for one.
  await running.api.health.query();
  expect(worker.requests).toEqual([]);
  await heartbeatWorker(running.store, "one", { state: "ready" });
  expect(await answer).toBe("late");
});

test("what the worker holds against the conversation reaches the caller at once", async () => {
  await startWorker("one", fails("prompt_too_long"));
  await startWorker("two", fails("prompt_too_long"));
  expect(await refusalOf(ask().then(textOf))).toMatchObject({ code: "prompt_too_long" });
});

test("what every worker fails with is what the caller learns, at once where waiting is of no use", async () => {
  await startWorker("busy", fails("engine_busy"));
  expect(await refusalOf(ask().then(textOf))).toMatchObject({ code: "engine_busy", retryable: true });
  await running.store.pool.query("delete from workers");
  const worker = await startWorker("corrupt", fails("corrupt_adapter"));
  expect(await refusalOf(ask().then(textOf))).toMatchObject({ code: "corrupt_adapter" });
  expect(worker.requests).toHaveLength(1);
});

test("a worker that breaks off, or falls silent, in the middle ends the answer with an error", async () => {
  await startWorker("one", (write, response) => {
    write({ type: "token", text: "half" });
    setImmediate(() => response.destroy());
  });
  expect(await refusalOf(ask().then(textOf))).toMatchObject({
    code: "worker_unreachable",
    message: "The worker 'one' fell silent.",
    retryable: true,
  });
  await running.store.pool.query("delete from workers");
  await startWorker("two", (write) => write({ type: "token", text: "half" }));
  expect(await refusalOf(ask().then(textOf))).toMatchObject({ code: "worker_unreachable", retryable: true });
});

test("a caller that hangs up frees the worker", async () => {
  const worker = await startWorker("one", (write) => {
    const timer = setInterval(() => write({ type: "token", text: "on and on " }), 50);
    timer.unref();
  });
  const hangUp = new AbortController();
  const events = (await ask("base", hangUp.signal))[Symbol.asyncIterator]();
  await events.next();
  hangUp.abort();
  await vi.waitFor(() => expect(worker.hungUp()).toBe(1), { timeout: 100_000 });
});

test("an avatar without an adapter, and one without a version, are told apart", async () => {
  await startWorker("one", says("yes"));
  expect(await refusalOf(ask("current").then(textOf))).toMatchObject({ code: "adapter_not_found" });
  await running.api.adapter.create.mutate({ userId: "ada", avatarId: "mia" });
  expect(await refusalOf(ask("current").then(textOf))).toMatchObject({ code: "no_current_version" });
  expect(await refusalOf(ask("unknown").then(textOf))).toMatchObject({ code: "version_not_found" });
});

test("a key that is revoked, or a share that ends, ends the answers that are being written", async () => {
  const times = { ...usualStreamTimes, lookAgainMilliseconds: 20 };
  const { gatewayToken } = running.host.config;
  await using host = await startTestHost(running.parts, { gatewayToken }, { times });
  await host.connected;
  const worker = await startWorker("one", (write) => write({ type: "token", text: "He" }));
  const keyOf = (userId: string) =>
    createApiKey(running.store, { kind: "user", name: userId, scopes: ["write"], userId });
  const share = { ownerId: "ada", avatarId: "mia", userId: "guest" };
  await setShare(running.store, { ...share, role: "member" });
  const [own, guest] = [await keyOf("ada"), await keyOf("guest")];
  const firsts = await Promise.all(
    [own, guest].map(async ({ key }) => {
      const answer = (await host.client(key).chat.mutate(question))[Symbol.asyncIterator]();
      expect(await answer.next()).toMatchObject({ value: { text: "He" } });
      return answer;
    }),
  );
  await revokeApiKey(running.store, own.record.id);
  await removeShare(running.store, share);
  const ends = firsts.map((answer) => refusalOf(answer.next()));
  expect(await Promise.all(ends)).toMatchObject([{ code: "revoked_key" }, { code: "user_mismatch" }]);
  await vi.waitFor(() => expect(worker.hungUp()).toBe(2), { timeout: 100_000 });
});
