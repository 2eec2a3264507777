import { Command } from "@commander-js/extra-typings";
import { expect, test } from "vitest";
import { earlyStoppingOption, evaluateEveryOption, minDeltaOption, stoppingOf } from "./stopping-options.ts";

/** What a command line asks the service for. */
const asked = (line: string) => {
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addOption(evaluateEveryOption())
    .addOption(earlyStoppingOption())
    .addOption(minDeltaOption());
  return stoppingOf(command.parse(line.split(" ").filter(Boolean), { from: "user" }).opts());
};

test("evaluations come each epoch or after so many steps, or not at all", () => {
  expect(asked("--evaluate-every epoch")).toEqual({ evaluationStrategy: "epoch" });
  expect(asked("--evaluate-every 50")).toEqual({ evaluationStrategy: "steps", evaluationSteps: 50 });
  expect(asked("")).toEqual({});
});

test("early stopping is asked for with its patience, and what counts as lower", () => {
  const options = "--evaluate-every epoch --early-stopping 2";
  expect(asked(options).earlyStopping).toEqual({ patience: 2 });
  expect(asked(`${options} --min-delta 0.01`).earlyStopping).toEqual({ patience: 2, minDelta: 0.01 });
});

test.each([
  ["--early-stopping 2", "add --evaluate-every"],
  ["--min-delta 0.1", "goes with --early-stopping"],
  ["--evaluate-every often", "Write 'epoch' or a number of steps."],
  ["--evaluate-every 0", "a whole number from 1"],
])("'%s' is refused with a hint", (line, hint) => {
  expect(() => asked(line)).toThrowError(hint);
});
