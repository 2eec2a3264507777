import { gatewayMessages } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunOptions, testRunConfig } from "./support/persona.ts";
import { readLines } from "./support/read-lines.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

/** About what the tiny base's tokenizer makes of the persona's twelve chats, and of the four held out. */
const training = { examples: 12, total: 12 * 40, longest: 40 };
const evaluation = { examples: 4, total: 4 * 42, longest: 42 };

const estimate = async (options: RunOptions) => {
  const request = { training, evaluation, config: testRunConfig(options) };
  const lines = await Array.fromAsync(readLines(await shared.post("/estimate", request)));
  const result = gatewayMessages["/estimate"].line.parse(lines.at(-1));
  if (result.type !== "result") throw new Error(JSON.stringify(result));
  return result;
};

test("steps, epochs and memory of a run are told", async () => {
  const result = await estimate({ epochs: 3, maxSteps: null });
  expect(result).toMatchObject({ steps: 18, epochs: 3, fits: true });
  expect(result.memoryBytes).toBeLessThan(result.freeMemoryBytes);
  // Twelve examples are seen more often where nobody says how often.
  expect(await estimate({ epochs: null, maxSteps: null })).toMatchObject({ epochs: 8, steps: 48 });
});

test("a run that does not fit into memory is told so, without a duration", async () => {
  const huge = { training: { ...training, longest: 10 ** 9, total: 10 ** 9 }, evaluation: null };
  const request = { ...huge, config: testRunConfig({ batchSize: 12 }) };
  const lines = await Array.fromAsync(readLines(await shared.post("/estimate", request)));
  expect(lines.at(-1)).toMatchObject({ type: "result", fits: false, seconds: null });
});

test("layers that the model lacks are named before a run is started", async () => {
  const config = testRunConfig({ targetModules: ["wq"] });
  const answer = await shared.post("/estimate", { training, evaluation, config });
  expect((await Array.fromAsync(readLines(answer))).at(-1)).toMatchObject({
    type: "error",
    error: { code: "unknown_target_modules" },
  });
});
