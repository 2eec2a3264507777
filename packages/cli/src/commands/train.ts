import { Option } from "@commander-js/extra-typings";
import { type Client, isLoraloomError } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseNumber, parseWhole } from "../command/parse-values.ts";
import type { ExitCode } from "../exit-codes.ts";
import { UsageError } from "../failures/cli-error.ts";
import { concludeRun, followRun, type Run as TrainingRun } from "../runs/follow-run.ts";
import { createProgressView } from "../runs/progress-view.ts";
import type { Run, Session } from "../session.ts";
import { addHyperparameter, type Hyperparameters, hyperparameterNames } from "../train/hyperparameters.ts";

const int32 = 2 ** 31 - 1;

const examples = [
  ["loraloom train", "train on every file that is used, and wait for the end"],
  [
    "loraloom train --set epochs=5 --set learningRate=1e-4 --name 'five epochs'",
    "with other hyperparameters",
  ],
  ["loraloom train --split 0.1", "hold a tenth of the rows out to measure with"],
  ["loraloom watch $(loraloom train --detach)", "start it, and watch it from anywhere"],
] as const;

export const trainCommand = (run: Run) =>
  createCommand("train")
    .summary("Train the adapter on the files that are used.")
    .description(
      "Train the avatar's adapter on the files that are used; the adapter is made where there is none.",
    )
    .option("--name <name>", "a name for the run")
    .addOption(
      new Option(
        "--method <method>",
        "what is learnt: answers, or preferences between them; sft unless given",
      ).choices(["sft", "dpo", "orpo", "kto"]),
    )
    .option("--set <name=value>", "a hyperparameter; repeatable", addHyperparameter)
    .addOption(
      new Option(
        "--evaluation <how>",
        "measure with the evaluation files, or not at all; with the files if there are any",
      )
        .choices(["files", "none"])
        .conflicts("split"),
    )
    .option(
      "--split <share>",
      "hold this share of the rows out instead",
      parseNumber({ min: 0.001, max: 0.9 }),
    )
    .option("--split-seed <n>", "another choice of those rows", parseWhole({ min: 0, max: int32 }))
    .option("--base-model <model>", "the base model; the adapter's unless given")
    .option("--skip-invalid-rows", "train on the rows without faults instead of refusing their file")
    .option("--candidate", "don't make the new version the current one")
    .option("--idempotency-key <key>", "the same key with the same request gives the same run")
    .option("--detach", "print the run's id and don't wait")
    .addHelpText("after", `\nHyperparameters: ${hyperparameterNames.join(", ")}`)
    .addHelpText("after", examplesText(examples))
    .action((options, command) => run(command, (session) => train(session, options)));

type TrainOptions = {
  name?: string;
  method?: StartInput["method"];
  set?: Hyperparameters;
  evaluation?: "files" | "none";
  split?: number;
  splitSeed?: number;
  baseModel?: string;
  skipInvalidRows?: true;
  candidate?: true;
  idempotencyKey?: string;
  detach?: true;
};

const train = async (session: Session, options: TrainOptions): Promise<ExitCode | undefined> => {
  const { screen } = session;
  const started = await startRun(session, toInput(session, options));
  if (options.detach) {
    screen.print(started.id);
    screen.note(`Watch it: loraloom watch ${started.id}`);
    screen.json(started);
    return undefined;
  }
  screen.note(`Run ${started.id}`);
  const ended = await followRun(session, started.id, createProgressView(screen));
  screen.json(ended);
  return concludeRun(session, ended);
};

type StartInput = Parameters<Client["train"]["start"]["mutate"]>[0];

const toInput = (session: Session, options: TrainOptions): StartInput => ({
  ...session.avatar(),
  name: options.name,
  method: options.method,
  hyperparameters: options.set,
  evaluation: evaluationOf(options),
  baseModel: options.baseModel,
  skipInvalidRows: options.skipInvalidRows,
  publish: options.candidate && "candidate",
  idempotencyKey: options.idempotencyKey,
});

const evaluationOf = ({ evaluation, split, splitSeed }: TrainOptions): StartInput["evaluation"] => {
  if (split !== undefined) return splitSeed === undefined ? { split } : { split, seed: splitSeed };
  if (splitSeed === undefined) return evaluation;
  throw new UsageError("--split-seed goes with --split.");
};

/** A new avatar has no adapter yet; its first training makes one. */
const startRun = async (session: Session, input: StartInput): Promise<TrainingRun> => {
  const { client, signal } = session;
  const start = () => client.train.start.mutate(input, { signal });
  try {
    return await start();
  } catch (error) {
    if (!isLoraloomError(error, "adapter_not_found")) throw error;
    await makeAdapter(session, input.baseModel);
    return start();
  }
};

const makeAdapter = async ({ client, screen, signal, ...session }: Session, baseModel?: string) => {
  const made = await client.adapter.create.mutate({ ...session.avatar(), baseModel }, { signal });
  screen.note(`Made the adapter of '${made.avatarId}' on ${made.baseModel}.`);
};
