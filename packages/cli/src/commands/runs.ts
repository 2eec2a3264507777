import { Option } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseMoment, parseWhole } from "../command/parse-values.ts";
import type { Run as TrainingRun } from "../runs/follow-run.ts";
import { waitingWords } from "../runs/waiting-words.ts";
import { percent } from "../screen/bar.ts";
import { formatCost, formatDate, formatLoss } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";
import { metricsCommand } from "./run-metrics.ts";
import { deleteCommand, labelCommand } from "./run-upkeep.ts";

const examples = [
  ["loraloom runs", "the newest runs"],
  ["loraloom runs --status failed --since 2026-11-20", "what failed since then"],
  ["loraloom runs metrics", "what the newest run measured"],
  ["loraloom runs cancel 01M7Z25ZDE2TZ3GP7YWW4B78FA", "end one"],
  ["loraloom runs cancel --keep 01M7Z25ZDE2TZ3GP7YWW4B78FA", "end one, with a version of its last step"],
] as const;

export const runsCommand = (run: Run) =>
  createCommand("runs")
    .description("List runs, show what they measured, name, cancel and delete them.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(metricsCommand(run))
    .addCommand(cancelCommand(run))
    .addCommand(labelCommand(run))
    .addCommand(deleteCommand(run))
    .addHelpText("after", examplesText(examples));

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List the runs, the newest first.")
    .option("--limit <n>", "how many", parseWhole({ min: 1, max: 200 }), 20)
    .addOption(new Option("--status <status...>", "only those that are so").choices(statuses))
    .option("--tag <tag...>", "only those that have each of these tags")
    .option("--name <text>", "only those whose name holds this, whatever its case")
    .option("--since <time>", "only those started then or later, such as 2026-11-20", parseMoment)
    .option("--until <time>", "only those started before then", parseMoment)
    .action((options, command) => run(command, (session) => listRuns(session, options)));

const statuses = [
  ...(["queued", "preparing", "training", "exporting", "completed", "failed", "cancelled"] as const),
];

const cancelCommand = (run: Run) =>
  createCommand("cancel")
    .description("End runs: at once while they wait, within a step while they train.")
    .argument("<runs...>", "ids of runs")
    .option("--keep", "leave a candidate version of what each has learnt so far")
    .action((ids, options, command) => run(command, (session) => cancelRuns(session, ids, options)));

type ListOptions = {
  limit: number;
  status?: TrainingRun["status"][];
  tag?: string[];
  name?: string;
  since?: Date;
  until?: Date;
};

/** By name: among the options of a command are those that all commands have. */
const listRuns = async (
  session: Session,
  { limit, status, tag: tags, name, since, until }: ListOptions,
): Promise<undefined> => {
  const { client, screen, signal } = session;
  const filter = { limit, status, tags, name, since, until };
  const page = await client.train.list.query({ ...session.avatar(), ...filter }, { signal });
  screen.print(...tableLines(page.runs, columns(screen, page.runs), screen));
  if (page.runs.length === 0) screen.note("No runs.");
  screen.note(...page.runs.flatMap(waitingLines));
  screen.json(page);
  return undefined;
};

const waitingLines = (run: TrainingRun): string[] => {
  const words = waitingWords(run);
  return words === undefined ? [] : [`${run.id}: ${words}`];
};

const cancelRuns = async (session: Session, ids: string[], options: { keep?: true }): Promise<undefined> => {
  const { client, screen, signal } = session;
  const keep = options.keep && ("checkpoint" as const);
  const runs: TrainingRun[] = [];
  for (const runId of ids) {
    const run = await client.train.cancel.mutate({ ...session.avatar(), runId, keep }, { signal });
    screen.print(`${run.id} ${statusOf(run)}`);
    if (run.error?.code === "nothing_to_keep") screen.note(printableLine(run.error.message));
    runs.push(run);
  }
  screen.json({ runs });
  return undefined;
};

const statusOf = ({ status, cancelRequested, cancelKeeps, queuePosition }: TrainingRun): string => {
  if (["completed", "failed", "cancelled"].includes(status)) return status;
  if (cancelRequested) return cancelKeeps ? "keeping" : "cancelling";
  return queuePosition === null ? status : `${status} (${queuePosition})`;
};

const columns = ({ colors }: Screen, runs: TrainingRun[]): Column<TrainingRun>[] => [
  { title: "RUN", value: ({ id }) => id },
  { title: "STATUS", value: statusOf, style: (text, run) => statusColor(run, colors)(text) },
  { title: "DONE", value: ({ progress }) => doneOf(progress), align: "right" },
  { title: "LOSS", value: ({ progress }) => (progress ? formatLoss(progress.loss) : "-"), align: "right" },
  ...(runs.some(({ usage }) => usage.cost) ? [costColumn] : []),
  { title: "VERSION", value: ({ versionId }) => versionId ?? "-" },
  { title: "STARTED", value: ({ createdAt }) => formatDate(createdAt), style: colors.dim },
  { title: "NAME", value: ({ name }) => name ?? "" },
  { title: "TAGS", value: ({ tags }) => tags.join(", ") },
];

/** Where the service has a price. */
const costColumn: Column<TrainingRun> = {
  title: "COST",
  value: ({ usage }) => (usage.cost ? formatCost(usage.cost) : "-"),
  align: "right",
};

const doneOf = (progress: TrainingRun["progress"]): string =>
  progress ? percent(progress.step / progress.steps).trim() : "-";

const statusColor = ({ status }: TrainingRun, { green, red, yellow }: Screen["colors"]) => {
  if (status === "completed") return green;
  if (status === "failed") return red;
  return yellow;
};
