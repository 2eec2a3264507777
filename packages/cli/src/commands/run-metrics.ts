import type { Client } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseWhole } from "../command/parse-values.ts";
import { newestRun } from "../runs/newest-run.ts";
import { formatCount, formatLoss, formatShare } from "../screen/formats.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";

type Metrics = Awaited<ReturnType<Client["train"]["metrics"]["query"]>>;
type Row = Pick<Metrics["train"][number], "step" | "loss" | "preferences" | "rewards"> &
  Partial<Pick<Metrics["train"][number], "learningRate" | "gradientNorm">> &
  Partial<Pick<Metrics["heldOut"][number], "accuracy">> & { split: string };

const examples = [
  ["loraloom runs metrics", "20 steps of the newest run, and its evaluations"],
  ["loraloom runs metrics --points 2000 --json | jq -c '.train[] | [.step, .loss]'", "each step's loss"],
] as const;

export const metricsCommand = (run: Run) =>
  createCommand("metrics")
    .summary("Show what a run's steps and evaluations told.")
    .description(
      "Show what a run's steps and evaluations told, thinned out evenly where there are more. --json has all figures of these steps.",
    )
    .argument("[run]", "a run's id; the newest run unless given")
    .option("--points <n>", "how many of each at the most", parseWhole({ min: 2, max: 2000 }), 20)
    .addHelpText("after", examplesText(examples))
    .action((runId, { points }, command) => run(command, (session) => showMetrics(session, runId, points)));

const showMetrics = async (
  session: Session,
  named: string | undefined,
  points: number,
): Promise<undefined> => {
  const { client, screen, signal } = session;
  const runId = named ?? (await newestRun(session));
  const metrics = await client.train.metrics.query({ ...session.avatar(), runId, points }, { signal });
  const rows = rowsOf(metrics);
  screen.print(...tableLines(rows, columnsFor(rows), screen));
  if (rows.length === 0) screen.note("No steps yet.");
  screen.json(metrics);
  return undefined;
};

const rowsOf = ({ train, heldOut }: Metrics): Row[] =>
  [
    ...train.map((step) => ({ ...step, split: "train" })),
    ...heldOut.map((evaluation) => ({ ...evaluation, split: "held out" })),
  ].sort((one, other) => one.step - other.step);

type Figure = Pick<Column<Row>, "title" | "yields"> & {
  of: (row: Row) => number | null | undefined;
  /** As a loss, unless it is said otherwise. */
  write?: (value: number) => string;
};

const figures: Figure[] = [
  { title: "LOSS", of: ({ loss }) => loss },
  { title: "TOKENS RIGHT", of: ({ accuracy }) => accuracy, write: formatShare },
  { title: "PAIRS RIGHT", of: ({ preferences }) => preferences?.accuracy, write: formatShare },
  { title: "MARGIN", of: ({ preferences }) => preferences?.margin },
  { title: "CHOSEN", of: ({ preferences }) => preferences?.chosen, yields: true },
  { title: "REJECTED", of: ({ preferences }) => preferences?.rejected, yields: true },
  { title: "REWARD", of: ({ rewards }) => rewards?.mean },
  { title: "SPREAD", of: ({ rewards }) => rewards?.std, yields: true },
  { title: "TOKENS", of: ({ rewards }) => rewards?.completionTokens, write: (tokens) => tokens.toFixed(1) },
  { title: "CUT OFF", of: ({ rewards }) => rewards?.cutOff, write: formatShare, yields: true },
  { title: "KL", of: ({ preferences, rewards }) => preferences?.kl ?? rewards?.kl, yields: true },
  { title: "GRADIENT", of: ({ gradientNorm }) => gradientNorm, yields: true },
  {
    title: "RATE",
    of: ({ learningRate }) => learningRate,
    write: (rate) => rate.toExponential(1),
    yields: true,
  },
];

/** With those figures that any row has. */
const columnsFor = (rows: Row[]): Column<Row>[] => [
  { title: "STEP", value: ({ step }) => formatCount(step), align: "right" },
  { title: "OF", value: ({ split }) => split },
  ...figures.filter(({ of }) => rows.some((row) => typeof of(row) === "number")).map(columnOf),
];

const columnOf = ({ of, write = formatLoss, ...column }: Figure): Column<Row> => ({
  ...column,
  align: "right",
  value: (row) => {
    const value = of(row);
    return typeof value === "number" ? write(value) : "-";
  },
});
