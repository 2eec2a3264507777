import { expect, test } from "vitest";
import { addHyperparameter, hyperparameterWords } from "./hyperparameters.ts";

test("collects values as their names want them, however the names are written", () => {
  const written = ["learning_rate=1e-4", "max-steps=10", "schedule=linear", "targetModules=q_proj,v_proj"];
  expect(written.reduce((values, text) => addHyperparameter(text, values), {})).toEqual({
    learningRate: 1e-4,
    maxSteps: 10,
    schedule: "linear",
    targetModules: ["q_proj", "v_proj"],
  });
  expect(addHyperparameter("targetModules=all-linear")).toEqual({ targetModules: "all-linear" });
});

test("switches are true or false", () => {
  const written = ["packing=true", "gradient-checkpointing=false"];
  expect(written.reduce((values, text) => addHyperparameter(text, values), {})).toEqual({
    packing: true,
    gradientCheckpointing: false,
  });
  expect(() => addHyperparameter("packing=yes")).toThrowError("'yes' is neither true nor false");
});

test("rewards are JSON", () => {
  const rewards = [{ type: "regex", pattern: "^Aye" }];
  expect(addHyperparameter(`rewards=${JSON.stringify(rewards)}`)).toEqual({ rewards });
  expect(() => addHyperparameter("rewards=regex")).toThrowError("'regex' is no JSON, as rewards is");
});

test.each([
  ["lerning_rate=1", "did you mean 'learningRate'?"],
  ["banana=1", "There are: rank, alpha"],
  ["rank=many", "'many' is no number, as rank is"],
  ["rank=", "name=value"],
  ["rank", "name=value"],
])("'%s' is refused with a hint", (text, hint) => {
  expect(() => addHyperparameter(text)).toThrowError(hint);
});

test("says what differs, as it can be set", () => {
  const values = { epochs: 5, batchSize: 8, targetModules: ["q_proj", "v_proj"], maxSteps: null };
  const others = { epochs: 3, batchSize: 8, targetModules: ["q_proj", "v_proj"], maxSteps: null };
  expect(hyperparameterWords(values, others)).toBe("epochs=5");
  expect(hyperparameterWords(values, values)).toBe("");
  const rewards = [{ type: "regex" as const, pattern: "^Aye" }];
  expect(hyperparameterWords({ rewards }, {})).toBe('rewards=[{"type":"regex","pattern":"^Aye"}]');
});
