import { Option } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { concludeRun, followRun, type Run as StartedRun } from "../runs/follow-run.ts";
import { createProgressView } from "../runs/progress-view.ts";
import { waitingWords } from "../runs/waiting-words.ts";
import type { Run, Session } from "../session.ts";
import { dryRun } from "../train/dry-run.ts";
import { addHyperparameter, type Hyperparameters, hyperparametersText } from "../train/hyperparameters.ts";
import {
  againOption,
  evaluationOf,
  fromOption,
  type MeasureOptions,
  type Method,
  measureOption,
  methodOption,
  type StartInput,
  speakerOption,
  splitOption,
  splitSeedOption,
} from "../train/run-options.ts";
import { startRun } from "../train/start-run.ts";
import {
  earlyStoppingOption,
  evaluateEveryOption,
  minDeltaOption,
  type StoppingOptions,
  stoppingOf,
} from "../train/stopping-options.ts";

const examples = [
  ["loraloom train", "train on every file that is used, and wait for the end"],
  ["loraloom train --dry-run", "what that would take, before a GPU is used"],
  [
    "loraloom train --set epochs=5 --set learningRate=1e-4 --name 'five epochs'",
    "with other hyperparameters",
  ],
  [
    "loraloom train --recommended --split 0.1",
    "sized for the data; a tenth of the rows held out to measure with",
  ],
  [
    "loraloom train --split 0.1 --set epochs=20 --evaluate-every epoch --early-stopping 2",
    "as long as the held-out loss falls",
  ],
  ["loraloom train --speaker Ada --preset dialog", "learn from dialogs what Ada says"],
  [
    "loraloom train --set fullFineTuning=true --dry-run",
    "all weights of the base instead of an adapter: whether it fits",
  ],
  ["loraloom train --from current --method kto", "go on from the current version, with what people judged"],
  [
    `loraloom train --method grpo --set 'rewards=[{"type": "regex", "pattern": "^Aye"}]'`,
    "learn from answers of its own, by what they are worth",
  ],
  [
    "loraloom train --again 01M7Z25ZDE2TZ3GP7YWW4B78FA --set learningRate=5e-5",
    "the same rows as that run, with another rate",
  ],
  ["loraloom watch $(loraloom train --detach)", "start it, and watch it from anywhere"],
] as const;

export const trainCommand = (run: Run) =>
  createCommand("train")
    .summary("Train the adapter on the files that are used.")
    .description(
      "Train the avatar's adapter on the files that are used; the adapter is made where there is none.",
    )
    .option("--name <name>", "a name for the run")
    .option("--tag <tag...>", "tags to find it by")
    .addOption(againOption())
    .addOption(speakerOption())
    .addOption(methodOption())
    .addOption(fromOption())
    .addOption(
      new Option(
        "--preset <preset>",
        "hyperparameters for one speaker's manner (dialog) or thousands of examples (large)",
      ).choices(["dialog", "large"] as const),
    )
    .option("--recommended", "hyperparameters for the size of the data")
    .option("--set <name=value>", "a hyperparameter, which wins over these; repeatable", addHyperparameter)
    .addOption(measureOption())
    .addOption(splitOption())
    .addOption(splitSeedOption())
    .addOption(evaluateEveryOption())
    .addOption(earlyStoppingOption())
    .addOption(minDeltaOption())
    .option("--base-model <model>", "the base model; the adapter's unless given")
    .option("--skip-invalid-rows", "train on the rows without faults instead of refusing their file")
    .option("--candidate", "don't make the new version the current one")
    .option("--idempotency-key <key>", "the same key with the same request gives the same run")
    .option("--dry-run", "say what the run would take and whether it may start, and start nothing")
    .addOption(new Option("--detach", "print the run's id and don't wait").conflicts("dryRun"))
    .addHelpText("after", hyperparametersText())
    .addHelpText("after", examplesText(examples))
    .action((options, command) => run(command, (session) => train(session, options)));

type TrainOptions = MeasureOptions &
  StoppingOptions & {
    name?: string;
    tag?: string[];
    again?: string;
    speaker?: string;
    method?: Method;
    from?: StartInput["startFrom"];
    preset?: "dialog" | "large";
    recommended?: true;
    set?: Hyperparameters;
    baseModel?: string;
    skipInvalidRows?: true;
    candidate?: true;
    idempotencyKey?: string;
    dryRun?: true;
    detach?: true;
  };

const train = async (session: Session, options: TrainOptions): Promise<ExitCode | undefined> => {
  const { screen } = session;
  if (options.dryRun) return dryRun(session, await toInput(session, options));
  const started = await (options.again === undefined
    ? startRun(session, await toInput(session, options))
    : trainAgain(session, options.again, options));
  if (options.detach) {
    screen.print(started.id);
    screen.note(`Watch it: loraloom watch ${started.id}`);
    screen.json(started);
    return undefined;
  }
  const waiting = waitingWords(started);
  screen.note(`Run ${started.id}`, ...(waiting === undefined ? [] : [waiting]));
  const ended = await followRun(session, started.id, createProgressView(screen));
  screen.json(ended);
  return concludeRun(session, ended);
};

/** Only what is said otherwise: the rest is as it was. */
const trainAgain = (session: Session, runId: string, options: TrainOptions): Promise<StartedRun> => {
  const { client, signal } = session;
  const { name, tag: tags, from: startFrom, set: hyperparameters, idempotencyKey } = options;
  const publish = options.candidate && ("candidate" as const);
  const said = { name, tags, startFrom, hyperparameters, publish, idempotencyKey, ...stoppingOf(options) };
  return client.train.rerun.mutate({ ...session.avatar(), runId, ...said }, { signal });
};

const toInput = async (session: Session, options: TrainOptions): Promise<StartInput> => ({
  ...session.avatar(),
  name: options.name,
  tags: options.tag,
  speaker: options.speaker,
  method: options.method,
  startFrom: options.from,
  preset: options.preset,
  evaluation: evaluationOf(options),
  ...stoppingOf(options),
  hyperparameters: options.recommended ? await recommend(session, options) : options.set,
  baseModel: options.baseModel,
  skipInvalidRows: options.skipInvalidRows,
  publish: options.candidate && "candidate",
  idempotencyKey: options.idempotencyKey,
});

/** By the size of the data; what was set by hand wins. */
const recommend = async (session: Session, options: TrainOptions): Promise<Hyperparameters> => {
  const { client, signal } = session;
  const { speaker, method, preset, set, from } = options;
  const input = { ...session.avatar(), speaker, method, preset, fullFineTuning: set?.fullFineTuning };
  const { hyperparameters } = await client.trainingData.recommend.query(input, { signal });
  return { ...(from ? withoutForm(hyperparameters) : hyperparameters), ...set };
};

/**
 * A version keeps its form: what would be recommended for a new adapter is not asked of it, nor its rate. A preset's
 * dropout comes with the preset, where there is an adapter.
 */
const withoutForm = ({
  rank,
  alpha,
  rankStabilized,
  dora,
  fullFineTuning,
  dropout,
  targetModules,
  learningRate,
  ...others
}: Hyperparameters): Hyperparameters => others;
