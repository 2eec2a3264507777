import { expect, it } from "vitest";
import { adapterOptions, defaultHyperparameters } from "./hyperparameters.ts";
import { recommendHyperparameters } from "./recommend-hyperparameters.ts";
import { methodOptions } from "./unused-options.ts";

it("gives all weights a rate of their own, and nothing of an adapter's", () => {
  const full = recommendHyperparameters({ examples: 500, preset: "dialog", fullFineTuning: true });
  expect(full).toMatchObject({ fullFineTuning: true, learningRate: 2e-5, batchSize: 1, epochs: 1 });
  expect(Object.keys(full)).not.toEqual(expect.arrayContaining(["rank"]));
  expect(adapterOptions.filter((name) => name in full)).toEqual([]);
  expect(recommendHyperparameters({ examples: 9, method: "dpo", fullFineTuning: true }).learningRate).toBe(
    1e-6,
  );
});

it("is the defaults for a persona's few examples", () => {
  const recommended = recommendHyperparameters({ examples: 20 });
  expect({ ...defaultHyperparameters, ...recommended }).toEqual({ ...defaultHyperparameters, epochs: 5 });
  expect(recommended).toMatchObject({ rank: 16, alpha: 32, epochs: 5 });
});

it("takes larger batches and fewer epochs for more examples", () => {
  const recommended = [20, 500, 5_000, 50_000].map((examples) => recommendHyperparameters({ examples }));
  expect(recommended.map(({ batchSize, gradientAccumulation }) => batchSize * gradientAccumulation)).toEqual([
    2, 4, 8, 16,
  ]);
  expect(recommended.map(({ epochs }) => epochs)).toEqual([5, 3, 3, 1]);
});

it("gives long examples the length that they need, within bounds", () => {
  const lengthFor = (mean: number) => recommendHyperparameters({ examples: 10, tokens: 10 * mean }).maxLength;
  expect([75, 500, 700, 1500, 100_000].map(lengthFor)).toEqual([1024, 1024, 2048, 4096, 4096]);
});

it("has the preset for dialogs", () => {
  expect(recommendHyperparameters({ examples: 500, preset: "dialog" })).toMatchObject({
    rank: 8,
    alpha: 16,
    dropout: 0.1,
    targetModules: ["q_proj", "v_proj"],
    epochs: 1,
    batchSize: 1,
  });
});

it("lowers the rate for preferences and gives KTO something to compare", () => {
  const kto = recommendHyperparameters({ examples: 20, method: "kto", preset: "dialog" });
  expect(kto).toMatchObject({ learningRate: 2e-5, batchSize: 2, beta: 0.1 });
  const grpo = recommendHyperparameters({ examples: 20, method: "grpo" });
  expect(grpo).toMatchObject({ learningRate: 2e-5, beta: 0, numGenerations: 8 });
});

it("names no option of another method, and no rewards", () => {
  const named = (method: "sft" | "orpo" | "kto" | "grpo") => {
    const recommended = recommendHyperparameters({ examples: 20, method });
    return methodOptions.filter((name) => name in recommended);
  };
  expect(named("sft")).toEqual([]);
  expect(named("orpo")).toEqual(["beta"]);
  expect(named("kto")).toEqual(["beta", "desirableWeight", "undesirableWeight"]);
  expect(named("grpo")).toEqual(["beta", "numGenerations", "maxCompletionTokens", "temperature", "topP"]);
});
