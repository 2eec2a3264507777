/** One worker, one engine at a time, and bases that differ in their number type or can't be loaded. */
import { resolveVersion } from "@loraloom/store/adapters";
import { engineKeyOf } from "@loraloom/store/env";
import type { Run } from "@loraloom/store/runs";
import { awaitBase, listLiveWorkers, type Worker as StoredWorker } from "@loraloom/store/workers";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { BaseModel, EngineOptions } from "../src/engine/load-engine.ts";
import { createPersona, type RunOptions, startTestRun } from "./support/persona.ts";
import { endOf, eventsOf, whenRun } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";
import { sharedInterpreter, tinyEngine } from "./support/tiny-engine.ts";

let shared: SharedWorker;
let first: BaseModel;
let second: BaseModel;
let missing: BaseModel;
/** Nobody is interrupted until a test says so. */
const rules = { waitSeconds: Number.POSITIVE_INFINITY, staySeconds: 0 };
beforeAll(async () => {
  const tiny = await tinyEngine();
  first = tiny.base;
  second = { ...first, modelId: "test/second", dtype: "bfloat16" };
  missing = { ...first, modelId: "test/missing", path: "/nowhere/base" };
  const engine: EngineOptions = { ...tiny, furtherBases: [missing, second], spare: sharedInterpreter };
  const checkpointPace = { steps: 1000, seconds: 3600 };
  shared = await startSharedWorker({ engine, baseRules: rules, checkpointPace });
});
afterEach(() => {
  rules.waitSeconds = Number.POSITIVE_INFINITY;
});
afterAll(() => shared[Symbol.asyncDispose]());

const start = async (base: BaseModel, avatarId: string, config: RunOptions): Promise<Run> => {
  const scope = await createPersona(shared.store, base, avatarId);
  return startTestRun(shared.store, { base, scope, config: { epochs: 1000, ...config } });
};

const whenWorker = (holds: (worker: StoredWorker) => boolean): Promise<StoredWorker> =>
  vi.waitFor(
    async () => {
      const [worker] = await listLiveWorkers(shared.store);
      if (!worker || !holds(worker)) throw new Error(`The worker is ${worker?.state}: ${worker?.engineKey}`);
      return worker;
    },
    { timeout: 100_000, interval: 10 },
  );

const isReadyWith = (base: BaseModel) => (worker: StoredWorker) =>
  worker.state === "ready" && worker.engineKey === engineKeyOf(base);

const weightsOf = async ({ userId, avatarId }: Run) =>
  (await resolveVersion(shared.store, { userId, avatarId }, undefined)).files.find(
    ({ name }) => name === "adapter_model.safetensors",
  )?.sha256;

test("a run whose base another run keeps waiting has its turn, and the interrupted one ends as if alone", async () => {
  const { store } = shared;
  const alone = await endOf(store, await start(first, "alone", { maxSteps: 400 }));
  const interrupted = await start(first, "interrupted", { maxSteps: 400 });
  await whenRun(store, interrupted, ({ status }) => status !== "queued");
  const other = await start(second, "other", { maxSteps: 3 });
  await whenRun(store, interrupted, ({ progress }) => progress !== null);
  rules.waitSeconds = 0;
  await whenWorker(({ engineKey, nextEngineKey }) =>
    [engineKey, nextEngineKey].includes(engineKeyOf(second)),
  );
  rules.waitSeconds = Number.POSITIVE_INFINITY;
  expect(await endOf(store, other)).toMatchObject({ status: "completed", attempt: 1 });
  expect(await endOf(store, interrupted)).toMatchObject({ status: "completed", attempt: 2, failures: 0 });
  const resumed = (await eventsOf(store, interrupted)).findLast(({ type }) => type === "run-started");
  expect(resumed?.data).not.toMatchObject({ resumedFromStep: 0 });
  expect(await weightsOf(interrupted)).toBe(await weightsOf(alone));
});

const question = {
  adapter: null,
  messages: [{ role: "user", content: "Ahoy!" }],
  maxTokens: 3,
  temperature: 0,
  topP: 1,
  seed: 1,
  stop: [],
};

test("a chat that waits for its base gets it, and a question for the base before is refused then", async () => {
  const { store, post } = shared;
  const held = (await whenWorker(({ state }) => state === "ready")).engineKey;
  const wanted = held === engineKeyOf(first) ? second : first;
  await awaitBase(store, engineKeyOf(wanted));
  await whenWorker(isReadyWith(wanted));
  const ask = async (engineKey: string) => (await post("/sample", { ...question, engineKey })).text();
  expect(await ask(engineKeyOf(wanted))).toContain('"type":"done"');
  const refusal = JSON.parse(await ask(held));
  expect(refusal).toMatchObject({ error: { code: "model_not_loaded", retryable: true } });
  expect(refusal.error.message).toContain(`holds '${engineKeyOf(wanted)}'`);
});

test("a base whose folder is missing is tried once, and the others are held on", async () => {
  const { store } = shared;
  const run = await start(missing, "hopeless", { maxSteps: 3 });
  rules.waitSeconds = 0;
  const worker = await whenWorker(({ bases }) => bases.some(({ refusal }) => refusal !== null));
  expect(worker.bases.find(({ refusal }) => refusal)).toMatchObject({
    engineKey: engineKeyOf(missing),
    refusal: { code: "unknown_base_model", message: expect.not.stringContaining("/nowhere") },
  });
  expect(await endOf(store, await start(first, "after", { maxSteps: 3 }))).toMatchObject({
    status: "completed",
  });
  expect(await whenRun(store, run, () => true)).toMatchObject({ status: "queued", attempt: 0 });
  const changes = shared.store.logged.filter(
    ({ message, fields }) =>
      message === "changing the base model" && "next" in fields && fields.next === engineKeyOf(missing),
  );
  expect(changes).toHaveLength(1);
});
