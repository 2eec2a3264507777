/** What an operator sees and does of a worker: one trace of a run, log lines by request, its figures, draining it. */
import { getObject } from "@loraloom/store/objects";
import { getRun } from "@loraloom/store/runs";
import { startTracing } from "@loraloom/telemetry";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ApiClient } from "../../host/src/testing/api-client.ts";
import { startTestHost, type TestHost } from "../../host/src/testing/start-test-host.ts";
import { createPersona, longSteps } from "./support/persona.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";
import { type ReceivedSpan, type SpanReceiver, startSpanReceiver } from "./support/span-receiver.ts";
import { gatewayToken } from "./support/worker-config.ts";

let opened: AsyncDisposableStack;
let shared: SharedWorker;
let host: TestHost;
let api: ApiClient;
let receiver: SpanReceiver;
let serviceKey: string;
beforeAll(async () => {
  opened = new AsyncDisposableStack();
  receiver = opened.use(await startSpanReceiver());
  // As the exporter itself reads them.
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  vi.stubEnv("OTEL_BSP_SCHEDULE_DELAY", "50");
  opened.defer(() => void vi.unstubAllEnvs());
  const warn = (message: string) => {
    throw new Error(message);
  };
  opened.use(await startTracing("loraloom-test", { environment: process.env, warn }));
  shared = opened.use(await startSharedWorker());
  const { modelId, revision, dtype, quantization } = shared.tiny.base;
  const deployment = { defaultBase: { modelId, revision, dtype, quantization }, allowedModels: [] };
  const keyFile = `${shared.config.folder}/keys/first-key`;
  host = opened.use(
    await startTestHost({ store: shared.store.config, keyFile }, { deployment, gatewayToken }),
  );
  await host.connected;
  serviceKey = await host.readKey();
  api = host.client(serviceKey);
});
afterAll(() => opened.disposeAsync());

const persona = (avatarId: string) => createPersona(shared.store, shared.tiny.base, avatarId);
const hyperparameters = { rank: 4, alpha: 8, maxLength: 128, maxSteps: 6 };
const runOf = async (scope: { userId: string; avatarId: string }, changes = {}) => {
  const started = await api.train.start.mutate({
    ...scope,
    hyperparameters: { ...hyperparameters, ...changes },
  });
  return getRun(shared.store, scope, started.id);
};

test("one trace shows a run's request, its claim, its steps on the engine and the objects that it put", async () => {
  const run = await endOf(shared.store, await runOf(await persona("traced")));
  expect(run.status).toBe("completed");
  const traceId = run.origin?.traceparent?.split("-")[1];
  const ofRun = () => receiver.spans().filter((span) => span.traceId === traceId);
  await vi.waitFor(() => expect(ofRun().map(({ name }) => name)).toContain("run attempt"), 100_000);
  const names = ofRun().map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["POST /trpc/*", "train.start", "run claim", "run attempt", "S3 PutObject"]),
  );
  expect(ancestorsOf("run claim", ofRun())).toEqual(["train.start", "POST /trpc/*"]);
  expect(ancestorsOf("engine steps", ofRun())).toEqual(["run attempt", "train.start", "POST /trpc/*"]);
  expect(ancestorsOf("S3 PutObject", ofRun())).toEqual(["run attempt", "train.start", "POST /trpc/*"]);
  // Six steps: 1, 2-3, 4-6.
  expect(names.filter((name) => name === "engine steps")).toHaveLength(3);
});

test("a chat is followed to the worker that answers, by its trace and by the request's id in each log", async () => {
  const chat = await api.chat.mutate({
    ...(await persona("talks")),
    version: "base",
    messages: [{ role: "user", content: "a prompt that nobody else may read" }],
    maxTokens: 2,
  });
  await Array.fromAsync(chat);
  await vi.waitFor(() => expect(named("gateway /sample")).toBeDefined(), 100_000);
  expect(ancestorsOf("gateway /sample", receiver.spans())).toEqual(["chat", "POST /trpc/*"]);
  const answered = shared.store.logged.findLast(
    ({ message, fields }) => message === "request answered" && "path" in fields && fields.path === "/sample",
  );
  const { requestId } = { requestId: undefined, ...answered?.fields };
  expect(requestId).toEqual(expect.any(String));
  await vi.waitFor(() => expect(lineOf("/trpc/chat")).toContain(`"requestId":"${requestId}"`), 100_000);
});

test("no key, prompt, file or user stands in a span", async () => {
  const text = receiver.received();
  expect(text).toContain("run attempt");
  for (const told of [serviceKey, gatewayToken, "nobody else may read", "sea.jsonl", '"ann"', "X-Amz"])
    expect(text).not.toContain(told);
});

test("a drained worker hands its run back and takes no chat; opened again, it goes on from the checkpoint", async () => {
  const { store, worker } = shared;
  const run = await runOf(await persona("drained"), { ...longSteps, maxSteps: 300, epochs: 1000 });
  await whenRun(store, run, ({ checkpoint }) => checkpoint !== null);
  await api.admin.drainWorker.mutate({ workerId: worker.id, drain: true });
  await whenRun(store, run, ({ status }) => status === "queued");
  expect(await stateOfWorker()).toMatchObject({ state: "draining", drainRequested: true });
  expect(await (await shared.post("/sample", sample)).text()).toContain("model_not_loaded");
  await api.admin.drainWorker.mutate({ workerId: worker.id, drain: false });
  const ended = await endOf(store, run);
  expect(ended).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const starts = (await eventsOf(store, run)).filter(({ type }) => type === "run-started");
  expect(starts.at(-1)?.data).not.toMatchObject({ resumedFromStep: 0 });
});

test("a worker tells its own figures to whoever has the gateway's token", async () => {
  const ask = (token: string) =>
    fetch(`${shared.worker.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask("another")).status).toBe(401);
  expect(await (await ask(gatewayToken)).text()).toContain("process_resident_memory_bytes ");
});

test("a host tells how many requests of each worker the object store did not answer", async () => {
  const { proxy } = shared;
  const { failed } = await requestsOfWorker();
  proxy.setFault({ kind: "unavailable", matches: ({ path }) => path.includes("never-there") });
  await expect(getObject(shared.store.objects, { key: "never-there" })).rejects.toMatchObject({
    code: "storage_unavailable",
  });
  proxy.setFault();
  await vi.waitFor(async () => {
    const { failed: now, repeated } = await requestsOfWorker();
    expect(now).toBe(failed + 1);
    expect(repeated).toBeGreaterThan(0);
  }, 100_000);
});

const requestsOfWorker = async () => {
  const answer = await fetch(`${host.url}/metrics`, { headers: { authorization: `Bearer ${serviceKey}` } });
  const text = await answer.text();
  const figureOf = (name: string) =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name}{worker="${shared.worker.id}"`))
        ?.split(" ")
        .at(-1),
    );
  return {
    failed: figureOf("loraloom_worker_s3_failures_total"),
    repeated: figureOf("loraloom_worker_s3_retries_total"),
  };
};

const named = (name: string): ReceivedSpan | undefined => receiver.spans().find((span) => span.name === name);
/** The names of a span's parent, its parent's parent and so on. */
const ancestorsOf = (name: string, spans: ReceivedSpan[]): string[] => {
  const ancestors: string[] = [];
  let span = spans.find((candidate) => candidate.name === name);
  for (;;) {
    const { parentSpanId } = span ?? {};
    span = parentSpanId ? spans.find(({ spanId }) => spanId === parentSpanId) : undefined;
    if (!span) return ancestors;
    ancestors.push(span.name);
  }
};
const lineOf = (path: string) =>
  host
    .logged()
    .split("\n")
    .find((line) => line.includes(`"path":"${path}"`) && line.includes("request answered"));
const stateOfWorker = async () =>
  vi.waitFor(async () => {
    const { workers } = await api.health.query();
    const [own] = workers.filter(({ id }) => id === shared.worker.id);
    expect(own?.state).toBe("draining");
    return own;
  }, 100_000);
const sample = {
  messages: [{ role: "user", content: "Hi" }],
  adapter: null,
  maxTokens: 1,
  temperature: 0,
  topP: 1,
  seed: 1,
  stop: [],
};
