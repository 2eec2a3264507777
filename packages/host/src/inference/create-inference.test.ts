/** Token counts and estimates through the port; the workers are fixture programs that obey the schema. */
import { randomBytes } from "node:crypto";
import { openTestStore, type TestStore } from "@loraloom/store/testing";
import { type GatewayRoute, listAwaited } from "@loraloom/store/workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Behaviour, done, startFixtureGateway } from "../testing/fixture-gateway.ts";
import { testPatience } from "../testing/start-test-host.ts";
import { createInference } from "./create-inference.ts";

const token = randomBytes(16).toString("hex");
const engineKey = "tiny@main/float32/none";
let opened: AsyncDisposableStack;
let store: TestStore;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  store = opened.use(await openTestStore());
});
afterEach(() => opened.disposeAsync());

const startWorker = async (route: GatewayRoute, behaviour: Behaviour, id = "one") =>
  opened.use(await startFixtureGateway(store, { id, token, route, behaviour }));
const inference = (patience = testPatience) => createInference(store, { token, patience });
const patient = () => ({ signal: new AbortController().signal });

const counted = {
  rows: 3,
  unusedByMethod: 1,
  examples: 4,
  total: 90,
  trained: 40,
  longest: 30,
  longestPrompt: 20,
  byLength: [],
  overLength: 0,
  dropped: 0,
  truncated: 0,
  trimmed: 0,
  skippedCount: 0,
  skipped: [],
};
const question = {
  engineKey,
  file: { name: "a.jsonl", key: "users/ada/a.jsonl", etag: "1" },
  reading: { method: "sft", maxLength: 512, overLength: "drop", skipInvalidRows: true } as const,
};
const progress = { type: "progress" } as const;

test("a count that takes longer than a worker may be silent is waited for while it tells that it goes on", async () => {
  const nextLine = 2_500;
  const worker = await startWorker("/count-tokens", (write, response) => {
    const ticks = setInterval(() => write(progress), nextLine / 10);
    setTimeout(() => {
      clearInterval(ticks);
      write({ type: "result", ...counted });
      response.end();
    }, nextLine * 1.2);
  });
  const patience = { ...testPatience, nextLine };
  expect(await inference(patience).countTokens(question, patient())).toMatchObject(counted);
  expect(worker.requests).toEqual([question]);
});

test("a worker that falls silent in the middle of a count ends it", async () => {
  await startWorker("/count-tokens", (write) => write(progress));
  await expect(inference().countTokens(question, patient())).rejects.toMatchObject({
    code: "worker_unreachable",
    retryable: true,
  });
});

test("what a worker finds in the file reaches the caller, also after it has begun", async () => {
  const error = { code: "dataset_changed", message: "It is gone.", remedy: "-", retryable: false } as const;
  await startWorker("/count-tokens", (write, response) => {
    write(progress);
    write({ type: "error", error: { ...error, fault: "user" } });
    response.end();
  });
  await expect(inference().countTokens(question, patient())).rejects.toMatchObject({ code: error.code });
});

test("a caller who hangs up frees the worker", async () => {
  const worker = await startWorker("/count-tokens", (write) => write(progress));
  const hangUp = new AbortController();
  const counting = inference().countTokens(question, { signal: hangUp.signal });
  await vi.waitFor(() => expect(worker.requests).toHaveLength(1), 100_000);
  hangUp.abort();
  await expect(counting).rejects.toMatchObject({ code: "request_cancelled" });
  await vi.waitFor(() => expect(worker.hungUp()).toBe(1), 100_000);
});

const base = { engineKey, refusal: null };
/** The worker of a test as it is once it holds another base, and could load this one unless it refused that. */
const holdAnother = (bases: object[]) =>
  store.pool.query(`update workers set engine_key = 'other@main/float32/none', bases = $1`, [
    JSON.stringify(bases),
  ]);
const chat = { engineKey, adapter: null, messages: [{ role: "user" as const, content: "Ahoy!" }] };
const sampling = { maxTokens: 5, temperature: 0, topP: 1, seed: null, stop: [] };
const usual = { topK: null, minP: 0, repetitionPenalty: 1, logprobs: null };
const talk = () => Array.fromAsync(inference().sample({ ...chat, ...sampling, ...usual }, patient()));

test("a chat whose base no worker holds has one load it, and is answered once it does", async () => {
  await startWorker("/sample", (write, response) => {
    write(done);
    response.end();
  });
  await holdAnother([base]);
  const answer = talk();
  await vi.waitFor(async () => {
    expect(await listAwaited(store)).toMatchObject([{ engineKey, runs: 0, calls: true }]);
  }, 100_000);
  await store.pool.query("update workers set engine_key = $1", [engineKey]);
  expect(await answer).toEqual([done]);
});

test("a chat that waited in vain is told who could load its base, and to try again", async () => {
  await startWorker("/sample", () => {});
  await holdAnother([base]);
  await expect(talk()).rejects.toMatchObject({
    code: "model_not_loaded",
    retryable: true,
    message: expect.stringContaining("holds 'other@main/float32/none'"),
  });
});

test("a base that every worker has refused is not waited for, and the reason is told", async () => {
  await startWorker("/sample", () => {});
  const refusal = { code: "unsupported_base_model", message: "It ties texts together.", remedy: "-" };
  await holdAnother([{ engineKey, refusal }]);
  await expect(talk()).rejects.toMatchObject({ code: refusal.code, message: refusal.message });
  expect(await listAwaited(store)).toEqual([]);
});

test("a run is estimated by a worker that trains", async () => {
  const estimate = { steps: 9, epochs: 3, seconds: 4.5, memoryBytes: 1, freeMemoryBytes: 2, fits: true };
  await startWorker("/estimate", (write, response) => {
    write(progress);
    write({ type: "result", ...estimate });
    response.end();
  });
  const lengths = { examples: 3, total: 90, longest: 40 };
  const request = { engineKey, training: lengths, evaluation: null, config };
  expect(await inference().estimate(request, patient())).toMatchObject(estimate);
  await store.pool.query(`update workers set roles = '["serve"]'`);
  await expect(inference().estimate(request, patient())).rejects.toMatchObject({ code: "model_not_loaded" });
});

const config = {
  method: "sft",
  rank: 4,
  alpha: 8,
  dropout: 0,
  targetModules: "all-linear",
  learningRate: 0.01,
  schedule: "cosine",
  warmupRatio: 0,
  weightDecay: 0,
  maxGradNorm: 1,
  batchSize: 2,
  gradientAccumulation: 1,
  epochs: 3,
  maxSteps: null,
  maxLength: 128,
  overLength: "drop",
  seed: 0,
  skipInvalidRows: false,
  evaluation: { kind: "none" },
  publish: "current",
} as const;

test("a base that is refused while a chat waits for it is waited for no longer", async () => {
  await startWorker("/sample", () => {});
  await holdAnother([base]);
  const answer = talk();
  answer.catch(() => undefined);
  await vi.waitFor(async () => expect(await listAwaited(store)).toHaveLength(1), 100_000);
  const refusal = { code: "unsupported_base_model", message: "It ties texts together.", remedy: "-" };
  await holdAnother([{ engineKey, refusal }]);
  await expect(answer).rejects.toMatchObject({ code: refusal.code, message: refusal.message });
});
