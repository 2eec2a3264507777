import type { Client } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { formatCost, formatDate } from "../screen/formats.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";
import { type LimitName, limitNames, limitsByName, limitWords } from "../usage/limit-words.ts";

const examples = [
  ["loraloom usage", "what the key's user has used, and may use"],
  ["loraloom usage --json | jq .month.gpuSeconds", "in a script: seconds of this month"],
] as const;

export const usageCommand = (run: Run) =>
  createCommand("usage")
    .description("Show what a user has used today and this month, what it cost, and the limits.")
    .action((_options, command) => run(command, showUsage))
    .addHelpText("after", examplesText(examples));

type Usage = Awaited<ReturnType<Client["usage"]["get"]["query"]>>;

const showUsage = async ({ client, screen, signal, user }: Session): Promise<undefined> => {
  const usage = await client.usage.get.query(user, { signal });
  const used = usedOf(usage);
  const rows = limitNames.map((name): Row => ({ name, ...used[name], limit: usage.limits[name] }));
  screen.print(...tableLines(rows, columns(screen), screen));
  const { cost } = usage.month;
  if (cost) screen.note(`This month has cost ${formatCost(cost)} so far.`);
  screen.json(usage);
  return undefined;
};

type Used = { used: number; resetsAt?: Date };
type Row = Used & { name: LimitName; limit: number | null };

const usedOf = ({ day, month, ...now }: Usage): Record<LimitName, Used> => ({
  concurrentRuns: { used: now.runningRuns },
  queuedRuns: { used: now.queuedRuns },
  tokensPerDay: { used: day.tokens, resetsAt: day.resetsAt },
  tokensPerMonth: { used: month.tokens, resetsAt: month.resetsAt },
  gpuSecondsPerDay: { used: day.gpuSeconds, resetsAt: day.resetsAt },
  gpuSecondsPerMonth: { used: month.gpuSeconds, resetsAt: month.resetsAt },
  costPerMonth: { used: month.cost?.amount ?? 0, resetsAt: month.resetsAt },
  storageBytes: { used: now.storageBytes },
});

const columns = ({ colors }: Screen): Column<Row>[] => [
  { title: "WHAT", value: ({ name }) => limitsByName[name].words },
  { title: "USED", value: ({ name, used }) => limitsByName[name].format(used), align: "right" },
  {
    title: "LIMIT",
    value: ({ name, limit }) => limitWords(name, limit),
    align: "right",
    style: (text, { used, limit }) => (limit !== null && used >= limit ? colors.red(text) : text),
  },
  { title: "RESETS", value: ({ resetsAt }) => (resetsAt ? formatDate(resetsAt) : "-"), style: colors.dim },
];
