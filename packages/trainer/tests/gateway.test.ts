import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { engineKeyOf } from "@loraloom/store/env";
import { type AvatarScope, adapterKeys } from "@loraloom/store/keys";
import { getObject, putObject } from "@loraloom/store/objects";
import { cancelRun } from "@loraloom/store/runs";
import { gatewayMessages, listLiveWorkers } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { keepSpareInterpreter, type SpareInterpreter } from "../src/engine/spare-interpreter.ts";
import { createAdapterCache } from "../src/gateway/adapter-cache.ts";
import { sampleLines } from "../src/gateway/sample.ts";
import { startEngineBeside } from "./support/engine-beside.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { readLines, readSample } from "./support/read-lines.ts";
import { endOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
let secondInterpreter: SpareInterpreter;
let trained: AvatarScope & { versionId: string };
beforeAll(async () => {
  shared = await startSharedWorker();
  secondInterpreter = keepSpareInterpreter(shared.tiny.command, shared.store.log);
  trained = await train("captain");
});
afterAll(async () => {
  await secondInterpreter[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
});

/** Enough steps that the adapter answers otherwise than the base. */
const train = async (avatarId: string) => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, avatarId);
  const config = { epochs: 20, maxSteps: 30, learningRate: 0.05 };
  const run = await endOf(store, await startTestRun(store, { base: tiny.base, scope, config }));
  return { ...scope, versionId: run.versionId ?? "" };
};

const startSecondEngine = () => startEngineBeside(shared, secondInterpreter.startEngine);

const question = {
  messages: [{ role: "user", content: "sea 3?" }],
  adapter: null,
  maxTokens: 24,
  temperature: 0,
  topP: 1,
  seed: 1,
  stop: [],
};
/** In tokens: many seconds of work for the engine. */
const longAnswer = 12_000;
const sampleRequest = gatewayMessages["/sample"].request.parse(question);
const engineSample = {
  messages: sampleRequest.messages,
  max_tokens: 1,
  temperature: 0,
  top_p: 1,
  seed: null,
  stop: [],
  template_variables: {},
};
const row = {
  messages: [
    { role: "user", content: "sea 3?" },
    { role: "assistant", content: "Aye, sea 3." },
  ],
  source: { name: "test", line: 1 },
};

test("the listener wants the token", async () => {
  expect((await fetch(`${shared.worker.url}/health`)).status).toBe(401);
});

test("the base answers piece by piece in the gateway's own form", async () => {
  const lines = await Array.fromAsync(readLines(await shared.post("/sample", question)));
  for (const line of lines) gatewayMessages["/sample"].line.parse(line);
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.at(-1)).toMatchObject({ type: "done" });
});

test("a version answers otherwise than the base, and the same each time", async () => {
  const base = await readSample(await shared.post("/sample", question));
  const first = await readSample(await shared.post("/sample", { ...question, adapter: trained }));
  const again = await readSample(await shared.post("/sample", { ...question, adapter: trained }));
  expect(first.last).toMatchObject({ type: "done" });
  expect(first.text).not.toBe(base.text);
  expect(again.text).toBe(first.text);
});

test("while a run trains versions answer, and the run with its newest step; after its end it does no more", async () => {
  const { store, tiny } = shared;
  const scope = await createPersona(store, tiny.base, "live");
  const config = { epochs: 1000, maxSteps: 100_000, learningRate: 0.01 };
  const run = await startTestRun(store, { base: tiny.base, scope, config });
  const ask = async (change: object = {}) => {
    const adapter = { ...scope, runId: run.id, ...change };
    return (await readSample(await shared.post("/sample", { ...question, maxTokens: 4, adapter }))).last;
  };
  const afterStep = (step: number) => whenRun(store, run, ({ progress }) => (progress?.step ?? 0) >= step);
  await afterStep(1);
  const answer = await readSample(await shared.post("/sample", { ...question, adapter: trained }));
  expect(answer.last).toMatchObject({ type: "done" });
  const first = await ask();
  expect(first).toMatchObject({ type: "done", step: expect.any(Number) });
  await afterStep(Number(first?.step) + 1);
  expect((await ask())?.step).toBeGreaterThan(Number(first?.step));
  const foreign = { type: "error", error: { code: "run_not_found" } };
  expect(await ask({ userId: "bob" })).toMatchObject(foreign);
  expect(await ask({ avatarId: "captain" })).toMatchObject(foreign);
  await cancelRun(store, scope, run.id);
  await endOf(store, run);
  expect(await ask()).toMatchObject({ type: "error", error: { code: "run_not_training" } });
});

test("log-probabilities come with the tokens, and every way to choose reaches the engine", async () => {
  const ways = { temperature: 1.5, topK: 40, minP: 0.01, repetitionPenalty: 1.2, logprobs: 2 };
  const lines = await Array.fromAsync(readLines(await shared.post("/sample", { ...question, ...ways })));
  const told = lines.flatMap((line) => (Array.isArray(line.logprobs) ? line.logprobs : []));
  expect(told).toHaveLength(Number(lines.at(-1)?.completionTokens));
  for (const { logprob, top } of told) {
    expect(top).toHaveLength(2);
    expect(logprob).toBeLessThanOrEqual(top[0].logprob);
  }
  const penalized = await readSample(await shared.post("/sample", { ...question, repetitionPenalty: 5 }));
  expect(penalized.text).not.toBe((await readSample(await shared.post("/sample", question))).text);
});

test("a version of another avatar does not exist", async () => {
  const { last } = await readSample(
    await shared.post("/sample", { ...question, adapter: { ...trained, avatarId: "live" } }),
  );
  expect(last).toMatchObject({ type: "error", error: { code: "version_not_found" } });
  expect(shared.store.logged).toContainEqual({
    level: "info",
    message: "a request to the gateway failed",
    fields: { code: "version_not_found" },
  });
});

test("a version whose object was damaged is refused, and works again once it is whole", async () => {
  const { store } = shared;
  const damaged = await train("damaged");
  const key = adapterKeys(damaged).versionFile(damaged.versionId, "adapter_model.safetensors");
  const whole = (await (await getObject(store.objects, { key }))?.bytes()) ?? new Uint8Array();
  const ask = async () =>
    (await readSample(await shared.post("/sample", { ...question, adapter: damaged }))).last;
  await putObject(store.objects, {
    key,
    body: whole.map((byte, at) => (at === whole.length - 1 ? byte ^ 1 : byte)),
  });
  expect(await ask()).toMatchObject({ type: "error", error: { code: "corrupt_adapter" } });
  await putObject(store.objects, { key, body: whole });
  expect(await ask()).toMatchObject({ type: "done" });
});

test("a caller who hangs up frees the engine", async () => {
  const hangUp = new AbortController();
  const answer = await shared.post("/sample", { ...question, maxTokens: longAnswer }, hangUp.signal);
  const lines = readLines(answer);
  await lines.next();
  hangUp.abort();
  // Lines that had arrived in the same piece still come.
  await expect(Array.fromAsync(lines)).rejects.toThrow();
  const next = await readSample(await shared.post("/sample", question));
  expect(next.last).toMatchObject({ type: "done" });
});

test("an aborted answer ends as cancelled, long before its length", async () => {
  await using second = await startSecondEngine();
  const hangUp = new AbortController();
  const request = { ...sampleRequest, maxTokens: longAnswer };
  const lines = sampleLines(second, request, hangUp.signal);
  await lines.next();
  hangUp.abort();
  const rest = await Array.fromAsync(lines);
  expect(rest.at(-1)).toMatchObject({ type: "done", finishReason: "cancelled" });
  expect(rest.length).toBeLessThan(longAnswer / 2);
});

test("beyond its capacity a worker gives up the version used longest ago, never one in use", async () => {
  await using second = await startSecondEngine();
  const { engine, adapters } = second;
  const other = await train("other");
  const ask = async (adapter: string) =>
    (await Array.fromAsync(engine.open("sample", { ...engineSample, adapter }).events)).at(-1)?.type;
  const used = await adapters.lend(trained);
  await (await adapters.lend(other))[Symbol.asyncDispose]();
  expect(await ask(trained.versionId)).toBe("sampled");
  await expect(ask(other.versionId)).rejects.toMatchObject({ code: "adapter_not_loaded" });
  await using _again = await adapters.lend(other);
  await used[Symbol.asyncDispose]();
  expect(await ask(other.versionId)).toBe("sampled");
  await expect(ask(trained.versionId)).rejects.toMatchObject({ code: "adapter_not_loaded" });
  expect(await readdir(second.folder)).toHaveLength(1);
});

test("where memory is short a version that nobody uses makes room for the next, and one in use stays", async () => {
  await using second = await startSecondEngine();
  const { engine, folder, log, store } = second;
  let loaded = 0;
  const small: Parameters<typeof createAdapterCache>[1]["engine"] = {
    ask: async (type, fields) => {
      if (type === "load_adapter" && loaded === 1)
        throw new LoraloomError("out_of_memory", "There is room for one.");
      const answer = await engine.ask(type, fields);
      loaded += { load_adapter: 1, unload_adapter: -1 }[String(type)] ?? 0;
      return answer;
    },
  };
  const adapters = createAdapterCache(store, { engine: small, folder, log });
  const used = await adapters.lend(trained);
  const other = await train("another");
  await expect(adapters.lend(other)).rejects.toMatchObject({ code: "out_of_memory" });
  await used[Symbol.asyncDispose]();
  await (await adapters.lend(other))[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([expect.stringMatching(other.versionId)]);
});

test("an engine that ends under a lent adapter spoils no answer that was given, and leaves no file", async () => {
  await using second = await startSecondEngine();
  const { engine, adapters } = second;
  const spare = await adapters.lend(trained);
  const used = await adapters.lend(await train("outlived"));
  await engine.end();
  await used[Symbol.asyncDispose]();
  await spare[Symbol.asyncDispose]();
  await adapters.discard();
  expect(await readdir(second.folder)).toEqual([]);
});

test("an evaluation tells the loss and the logits of each row's last position", async () => {
  const request = { rows: [row, row], adapter: trained, dtype: "float32", logits: true };
  const [line] = await Array.fromAsync(readLines(await shared.post("/evaluate", request)));
  const result = gatewayMessages["/evaluate"].line.parse(line);
  if (result.type !== "result") throw new Error(JSON.stringify(result));
  const base = gatewayMessages["/evaluate"].line.parse(
    (
      await Array.fromAsync(
        readLines(await shared.post("/evaluate", { ...request, adapter: null, logits: false })),
      )
    )[0],
  );
  expect(result.loss).toBeLessThan(base.type === "result" ? base.loss : 0);
  expect(result.logits).toHaveLength(2);
  const bytes = Buffer.from(result.logits?.[0] ?? "", "base64");
  expect(bytes.length).toBe(4 * result.vocabSize);
  expect(Number.isFinite(bytes.readFloatLE(0))).toBe(true);
});

test.each([
  ["/sample", {}, "messages"],
  ["/evaluate", { rows: [{ text: 1 }], adapter: null, dtype: "base", logits: false }, "rows[0]"],
  ["/count-tokens", { file: { name: "a" }, reading: {} }, "file.etag"],
  ["/estimate", { training: {}, evaluation: null, config: { rank: "x" } }, "config.rank"],
])("%s names what is wrong with its request", async (path, body, named) => {
  const { last } = await readSample(await shared.post(path, body));
  expect(last).toMatchObject({ type: "error", error: { code: "bad_input" } });
  expect(last?.error?.message).toContain(named);
});

test("hosts see the worker as ready, with its address, and soon after the last run that it trains nothing", async () => {
  const { store, config, worker } = shared;
  const whatHostsSee = async () =>
    (await listLiveWorkers(store, { engineKey: engineKeyOf(config.engine.base) }))[0];
  expect(await whatHostsSee()).toMatchObject({ id: worker.id, url: worker.url, state: "ready", slots: 4 });
  await vi.waitFor(async () => expect((await whatHostsSee())?.tokensPerSecond).toBeNull(), 100_000);
});

// Last, as the worker has no engine for a while.
test("the files of an engine that ended are gone once the next one has answered", async () => {
  const [ofWorker = ""] = await readdir(shared.config.folder);
  const loadedAfterAnswer = async () => {
    await readSample(await shared.post("/sample", { ...question, adapter: trained }));
    return readdir(join(shared.config.folder, ofWorker, "adapters"));
  };
  const [before = ""] = await loadedAfterAnswer();
  shared.worker.restartEngine();
  await expect.poll(loadedAfterAnswer, { timeout: 100_000 }).toEqual([expect.not.stringContaining(before)]);
});
