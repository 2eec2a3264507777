/** What a run was told is what the engine does, and what the published version says. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectAdapter, resolveVersion, type Version, versionDownload } from "@loraloom/store/adapters";
import { adapterKeys, fileKey } from "@loraloom/store/keys";
import { getObject, headObject } from "@loraloom/store/objects";
import type { Run } from "@loraloom/store/runs";
import { gatewayMessages } from "@loraloom/store/workers";
import { python } from "@loraloom/testkit";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPersona, longSteps, type RunOptions, startTestRun, testRunConfig } from "./support/persona.ts";
import { readLines, readSample } from "./support/read-lines.ts";
import { endOf, eventsOf, metricsOf } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

const persona = (avatarId: string) => createPersona(shared.store, shared.tiny.base, avatarId);
const start = (scope: Awaited<ReturnType<typeof persona>>, config: RunOptions): Promise<Run> =>
  startTestRun(shared.store, { base: shared.tiny.base, scope, config });
const evaluationsOf = async (run: Run) =>
  (await eventsOf(shared.store, run)).flatMap((event) => (event.type === "evaluated" ? event.data : []));

/** Stops at the second evaluation: no loss falls by so much. */
const stopping = {
  maxSteps: null,
  evaluationStrategy: "steps",
  evaluationSteps: 3,
  earlyStopping: { patience: 1, minDelta: 100 },
} as const;

test("a stopped run tells when it stopped, and publishes its best evaluation", async () => {
  const scope = await persona("stopped");
  const run = await endOf(shared.store, await start(scope, stopping));
  expect(run.status).toBe("completed");
  const [before, first, second, after, ...more] = await evaluationsOf(run);
  expect(more).toEqual([]);
  expect([before, first, second, after].map((data) => [data?.phase, data?.step])).toEqual([
    ["before", 0],
    ["during", 3],
    ["during", 6],
    ["after", after?.step],
  ]);
  const best = (first?.loss ?? 0) <= (second?.loss ?? 0) ? first : second;
  expect(after).toEqual({ ...best, phase: "after" });
  expect(best?.perplexity).toBeCloseTo(Math.exp(best?.loss ?? 0), 6);
  const { id, metrics } = await resolveVersion(shared.store, scope, undefined);
  expect(metrics).toMatchObject({ steps: 6, stoppedEarly: true, bestStep: best?.step });
  expect(metrics.heldOutAfter).toBe(best?.loss);
  expect(run.heldOutAfter).toBe(best?.loss);
  const key = adapterKeys(scope).versionFile(id, "manifest.json");
  const manifest = JSON.parse(await readText(key));
  expect(manifest).toMatchObject({ metrics, config: { earlyStopping: stopping.earlyStopping } });
});

const readText = async (key: string): Promise<string> =>
  Buffer.from((await (await getObject(shared.store.objects, { key }))?.bytes()) ?? []).toString();

test("a run with an rsLoRA adapter, packed and checkpointed, is published and answers chats", async () => {
  const scope = await persona("stabilized");
  const options = { rankStabilized: true, packing: true, gradientCheckpointing: true, batchSize: 1 };
  const run = await endOf(shared.store, await start(scope, options));
  expect(run).toMatchObject({ status: "completed", error: null });
  const key = adapterKeys(scope).versionFile(run.versionId ?? "", "adapter_config.json");
  expect(JSON.parse(await readText(key))).toMatchObject({ use_rslora: true, r: 4 });
  const adapter = { ...scope, versionId: run.versionId };
  const question = { messages: [{ role: "user", content: "sea 1?" }], adapter, maxTokens: 5 };
  const answer = await shared.post("/sample", { ...question, temperature: 0, topP: 1, seed: 1, stop: [] });
  expect((await readSample(answer)).last).toMatchObject({ type: "done", completionTokens: 5 });
});

test("a DoRA run trains beside a shared one, is published and answers chats", async () => {
  const scope = await persona("magnitudes");
  const beside = await start(await persona("beside"), {});
  const run = await endOf(shared.store, await start(scope, { dora: true }));
  expect(run).toMatchObject({ status: "completed", error: null });
  expect(await endOf(shared.store, beside)).toMatchObject({ status: "completed" });
  const key = adapterKeys(scope).versionFile(run.versionId ?? "", "adapter_config.json");
  expect(JSON.parse(await readText(key))).toMatchObject({ use_dora: true, r: 4 });
  const adapter = { ...scope, versionId: run.versionId };
  const question = { messages: [{ role: "user", content: "sea 1?" }], adapter, maxTokens: 5 };
  const answer = await shared.post("/sample", { ...question, temperature: 0, topP: 1, seed: 1, stop: [] });
  expect((await readSample(answer)).last).toMatchObject({ type: "done", completionTokens: 5 });
  const { seconds, fits, memoryBytes } = await estimate(await count(scope), { dora: true });
  expect({ seconds, fits }).toEqual({ seconds: null, fits: true });
  expect(memoryBytes).toBeGreaterThan(450 * 2 ** 20);
});

test("a run over all weights is published as a model that transformers loads, answers chats, and goes on", async () => {
  const { store } = shared;
  const scope = await persona("all-weights");
  const full = { fullFineTuning: true, learningRate: 1e-3 };
  const run = await endOf(store, await start(scope, full));
  expect(run).toMatchObject({ status: "completed", error: null });
  const version = await resolveVersion(store, scope, undefined);
  expect(version.metrics.heldOutAfter).toBeLessThan(version.metrics.heldOutBefore ?? 0);
  const manifest = JSON.parse(await readText(adapterKeys(scope).versionFile(version.id, "manifest.json")));
  expect(manifest).toMatchObject({ kind: "model", config: { fullFineTuning: true } });
  await projectAdapter(store, scope);
  expect(await headObject(store.objects, adapterKeys(scope).plain("adapter_config.json"))).toBeUndefined();
  const [whole, base] = await Promise.all([{ ...scope, versionId: version.id }, null].map(greedily));
  expect(whole).not.toBe(base);
  expect(await answerByTransformers(version, "sea 1?")).toBe(whole);
  const startFrom = { avatarId: scope.avatarId, version: version.id };
  const going = await endOf(store, await start(scope, { ...full, startFrom }));
  expect(going.heldOutBefore).toBeCloseTo(version.metrics.heldOutAfter ?? 0, 5);
  const estimated = await estimate(await count(scope), full);
  expect(estimated).toMatchObject({ steps: 6, seconds: null, fits: true });
});

/** Five tokens, the likeliest each time. */
const greedily = async (adapter: object | null): Promise<string> => {
  const messages = [{ role: "user", content: "sea 1?" }];
  const question = { messages, adapter, maxTokens: 5, temperature: 0, topP: 1, seed: 1, stop: [] };
  return (await readSample(await shared.post("/sample", question))).text;
};

/** By another program, from the version's files as a reader downloads them. */
const answerByTransformers = async (version: Version, text: string): Promise<string> => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loraloom-model-"));
  opened.defer(() => rm(folder, { recursive: true }));
  const { files } = await versionDownload(shared.store, version, { version: version.id });
  for (const { name, url } of files)
    await writeFile(join(folder, name), Buffer.from(await (await fetch(url)).arrayBuffer()));
  const program = join(import.meta.dirname, "support/answer-by-transformers.py");
  return (await execa(python, [program, folder, text], { stripFinalNewline: false })).stdout;
};

test("a GRPO run tells its rewards, is published and answers chats; nobody knows how long it takes", async () => {
  const scope = await persona("rewarded");
  const options = {
    method: "grpo",
    beta: 0,
    numGenerations: 4,
    maxCompletionTokens: 8,
    maxSteps: 2,
    // Of a prompt; with its answer each of these is longer.
    maxLength: 36,
    rewards: [
      { type: "regex", weight: 1, pattern: "[a-z]" },
      { type: "length", weight: 0.5, unit: "tokens", min: null, max: 4 },
    ],
  } satisfies RunOptions;
  const run = await endOf(shared.store, await start(scope, options));
  expect(run).toMatchObject({ status: "completed", error: null });
  expect(run.frozen?.tokensTotal).toBeGreaterThan(36 * (run.frozen?.examples ?? Number.NaN));
  const { train, held_out: heldOut } = await metricsOf(shared.store, run);
  const [, last] = train.map(({ rewards }) => rewards);
  expect(run.progress?.rewards).toEqual(last);
  const [letters = 0, short = 0] = last?.each ?? [];
  expect(last?.mean).toBeCloseTo(letters + short, 6);
  expect(last?.longest).toBeLessThanOrEqual(8);
  expect(last).toMatchObject({ cutOff: expect.any(Number), alike: expect.any(Number), kl: null });
  expect(heldOut.map(({ step, rewards }) => [step, rewards?.alike])).toEqual([
    [0, null],
    [2, null],
  ]);
  const [before, after] = await evaluationsOf(run);
  expect([before?.phase, after?.phase]).toEqual(["before", "after"]);
  expect(after?.loss).toBe(0 - (after?.reward ?? Number.NaN));
  expect(after?.rewards).toEqual(heldOut[1]?.rewards);
  const adapter = { ...scope, versionId: run.versionId };
  const question = { messages: [{ role: "user", content: "sea 1?" }], adapter, maxTokens: 5 };
  const answer = await shared.post("/sample", { ...question, temperature: 0, topP: 1, seed: 1, stop: [] });
  expect((await readSample(answer)).last).toMatchObject({ type: "done" });
  expect(await estimate(await count(scope), options)).toMatchObject({ seconds: null, fits: true, steps: 2 });
});

test("packing makes fewer steps, and an estimate counts them as the run does", async () => {
  const scope = await persona("packed");
  const options = { packing: true, batchSize: 1, epochs: 2, maxSteps: null };
  const { progress } = await endOf(shared.store, await start(scope, options));
  const { steps } = await estimate(await count(scope), options);
  expect(progress).toMatchObject({ step: steps, steps, epoch: 2 });
  expect(steps).toBeLessThan(24);
});

type Lengths = Pick<Counted, "examples" | "total" | "longest" | "byLength">;
type Counted = Extract<ReturnType<typeof counts.line.parse>, { type: "result" }>;
const counts = gatewayMessages["/count-tokens"];
const estimates = gatewayMessages["/estimate"];

const count = async (scope: Awaited<ReturnType<typeof persona>>): Promise<Lengths> => {
  const key = fileKey(scope, "training_data", "sea.jsonl");
  const { etag = "gone" } = (await headObject(shared.store.objects, key)) ?? {};
  const { method, maxLength, overLength, skipInvalidRows } = testRunConfig();
  const reading = { method, maxLength, overLength, skipInvalidRows };
  const counted = counts.line.parse(
    await lastOf("/count-tokens", { file: { name: "sea.jsonl", key, etag }, reading }),
  );
  if (counted.type !== "result") throw new Error(JSON.stringify(counted));
  const { examples, total, longest, byLength } = counted;
  return { examples, total, longest, byLength };
};

const estimate = async (training: Lengths, options: RunOptions) => {
  const request = { training, evaluation: null, config: testRunConfig(options) };
  const estimated = estimates.line.parse(await lastOf("/estimate", request));
  if (estimated.type !== "result") throw new Error(JSON.stringify(estimated));
  return estimated;
};

const lastOf = async (path: string, body: object) =>
  (await Array.fromAsync(readLines(await shared.post(path, body)))).at(-1);

test("a run whose engine is killed keeps its best and stops where it would have", async () => {
  const earlyStopping = { patience: 14, minDelta: 100 };
  // It is best at step 6 and ends at step 45.
  const options = { ...stopping, ...longSteps, earlyStopping, learningRate: 0.3, epochs: 1000 };
  const whole = await endOf(shared.store, await start(await persona("whole"), options));
  shared.killEngineAtCheckpoint(10);
  const ended = await endOf(shared.store, await start(await persona("cut"), options));
  expect(ended).toMatchObject({ status: "completed", attempt: 2, heldOutAfter: whole.heldOutAfter });
  const last = (await evaluationsOf(whole)).at(-1);
  expect(last).toMatchObject({ phase: "after", step: 6 });
  expect((await evaluationsOf(ended)).at(-1)).toEqual(last);
});

test.each<[string, RunOptions, string, string]>([
  ["a rank above a layer's width", { rank: 1000 }, "bad_option", "'rank' 1000 is above the width"],
  ["layers that there are none of", { targetModules: ["wq"] }, "unknown_target_modules", "it has down_proj"],
  [
    "a schema that goes on without end",
    { method: "grpo", rewards: [{ type: "json_schema", weight: 1, schema: { $ref: "#" } }] },
    "bad_option",
    "'rewards[0]' (json_schema): the schema's $ref '#' refers to itself",
  ],
  [
    "held-out rows of which none is usable",
    { ...stopping, evaluation: { kind: "split", share: 0.001, seed: 1 } },
    "no_usable_rows",
    "No row to measure on is left in 'sea.jsonl'",
  ],
])("%s fails the run with what it names", async (name, options, code, message) => {
  const scope = await persona(`refused-${name.replaceAll(/[^a-z]/g, "-")}`);
  const run = await endOf(shared.store, await start(scope, options));
  expect(run).toMatchObject({ status: "failed", attempt: 1, error: { code } });
  expect(run.error?.message).toContain(message);
});

const source = { name: "judged.jsonl", line: 1 };
const asked = { role: "user", content: "Who goes?" };
const answered = (content: string) => ({ role: "assistant", content });
const pair = {
  messages: [asked, answered("The captain.")],
  answerFrom: 1,
  rejected: [answered("Nobody at all.")],
  source,
};

/** Only KTO has a baseline that answers are measured over. */
const kls = { dpo: null, orpo: null, kto: expect.any(Number) };

test.each(["dpo", "orpo", "kto", "sft"] as const)(
  "rows with preferences are measured as by %s",
  async (method) => {
    const request = { rows: [pair, pair], measure: { method }, adapter: null, dtype: "base", logits: false };
    const measured = await lastOf("/evaluate", request);
    expect(measured).toMatchObject({ type: "result", loss: expect.any(Number) });
    const isSft = method === "sft";
    expect([measured?.accuracy, measured?.perplexity].map((figure) => typeof figure === "number")).toEqual([
      isSft,
      isSft,
    ]);
    expect(measured?.preferences).toEqual(isSft ? null : expect.objectContaining({ kl: kls[method] }));
    // Against itself the base has gained nothing: DPO's loss is log 2, KTO's a half.
    if (method === "dpo") expect(measured?.loss).toBeCloseTo(Math.log(2), 6);
    if (method === "kto") expect(measured?.loss).toBeCloseTo(0.5, 6);
  },
);
