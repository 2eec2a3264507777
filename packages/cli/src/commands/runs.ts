import { createCommand, examplesText } from "../command/create-command.ts";
import { parseWhole } from "../command/parse-values.ts";
import type { Run as TrainingRun } from "../runs/follow-run.ts";
import { waitingWords } from "../runs/waiting-words.ts";
import { percent } from "../screen/bar.ts";
import { formatCost, formatDate, formatLoss } from "../screen/formats.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";
import { metricsCommand } from "./run-metrics.ts";

const examples = [
  ["loraloom runs", "the newest runs"],
  ["loraloom runs metrics", "what the newest run measured"],
  ["loraloom runs cancel 01M7Z25ZDE2TZ3GP7YWW4B78FA", "end one"],
] as const;

export const runsCommand = (run: Run) =>
  createCommand("runs")
    .description("List runs, show what they measured, and cancel them.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(metricsCommand(run))
    .addCommand(cancelCommand(run))
    .addHelpText("after", examplesText(examples));

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List the runs, the newest first.")
    .option("--limit <n>", "how many", parseWhole({ min: 1, max: 200 }), 20)
    .action(({ limit }, command) => run(command, (session) => listRuns(session, limit)));

const cancelCommand = (run: Run) =>
  createCommand("cancel")
    .description("End runs: at once while they wait, within a step while they train.")
    .argument("<runs...>", "ids of runs")
    .action((ids, _options, command) => run(command, (session) => cancelRuns(session, ids)));

const listRuns = async (session: Session, limit: number): Promise<undefined> => {
  const { client, screen, signal } = session;
  const page = await client.train.list.query({ ...session.avatar(), limit }, { signal });
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

const cancelRuns = async (session: Session, ids: string[]): Promise<undefined> => {
  const { client, screen, signal } = session;
  const runs: TrainingRun[] = [];
  for (const runId of ids) {
    const run = await client.train.cancel.mutate({ ...session.avatar(), runId }, { signal });
    screen.print(`${run.id} ${statusOf(run)}`);
    runs.push(run);
  }
  screen.json({ runs });
  return undefined;
};

const statusOf = ({ status, cancelRequested, queuePosition }: TrainingRun): string => {
  if (queuePosition !== null) return `${status} (${queuePosition})`;
  const isEnding = cancelRequested && ["preparing", "training", "exporting"].includes(status);
  return isEnding ? "cancelling" : status;
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
