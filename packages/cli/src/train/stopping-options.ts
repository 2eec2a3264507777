/** Options of when a run measures, and of when it ends before its last step. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseNumber, parseWhole } from "../command/parse-values.ts";
import { UsageError } from "../failures/cli-error.ts";
import type { StartInput } from "./run-options.ts";

type Pause = number | "epoch";

const mostSteps = 10_000_000;

export const evaluateEveryOption = () =>
  new Option(
    "--evaluate-every <pause>",
    "measure the held-out loss during training too: after each 'epoch', or after so many steps",
  ).argParser(parsePause);

export const earlyStoppingOption = () =>
  new Option(
    "--early-stopping <n>",
    "end after so many evaluations in a row without a lower loss, and keep the best version",
  ).argParser(parseWhole({ min: 1, max: 1_000 }));

export const minDeltaOption = () =>
  new Option("--min-delta <loss>", "what the loss has to fall by to count as lower").argParser(
    parseNumber({ min: 0, max: 100 }),
  );

export type StoppingOptions = { evaluateEvery?: Pause; earlyStopping?: number; minDelta?: number };

/** The same as the service takes it. @throws UsageError */
export const stoppingOf = ({ evaluateEvery, earlyStopping, minDelta }: StoppingOptions): Stopping => {
  if (earlyStopping === undefined && minDelta !== undefined)
    throw new UsageError("--min-delta goes with --early-stopping.");
  if (earlyStopping !== undefined && evaluateEvery === undefined)
    throw new UsageError("--early-stopping waits for evaluations: add --evaluate-every.");
  const rule = earlyStopping === undefined ? undefined : { patience: earlyStopping, minDelta };
  return { ...momentsOf(evaluateEvery), earlyStopping: rule };
};

type Stopping = Pick<StartInput, "evaluationStrategy" | "evaluationSteps" | "earlyStopping">;

const momentsOf = (pause: Pause | undefined): Stopping => {
  if (pause === undefined || pause === "epoch") return { evaluationStrategy: pause };
  return { evaluationStrategy: "steps", evaluationSteps: pause };
};

const parsePause = (text: string): Pause => {
  if (text === "epoch") return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Write 'epoch' or a number of steps.");
  return parseWhole({ min: 1, max: mostSteps })(text);
};
