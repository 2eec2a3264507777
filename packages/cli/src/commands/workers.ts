import type { Client } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { formatBytes, formatCount, formatSeconds, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";

const examples = [
  ["loraloom workers", "which base model each worker holds, and who waits for another one"],
  ["loraloom workers --json | jq .baseModels", "the base models that adapters can be made on"],
] as const;

export const workersCommand = (run: Run) =>
  createCommand("workers")
    .summary("Show the workers and their base models.")
    .description(
      "Show the workers: what each holds and does, which base models can't be loaded, and who waits for one.",
    )
    .addHelpText("after", examplesText(examples))
    .action((_options, command) => run(command, showWorkers));

type Health = Awaited<ReturnType<Client["health"]["query"]>>;
type Worker = Health["workers"][number];

const showWorkers = async ({ client, screen, signal }: Session): Promise<undefined> => {
  const health = await client.health.query(undefined, { signal });
  screen.print(...tableLines(health.workers, columns(screen), screen));
  if (health.workers.length === 0) screen.note("No worker is live.");
  screen.note(...health.workers.flatMap(refusalLines), ...health.awaited.map(awaitedLine));
  screen.json(health);
  return undefined;
};

const columns = ({ colors }: Screen): Column<Worker>[] => [
  { title: "WORKER", value: ({ id }) => id },
  {
    title: "STATE",
    value: stateOf,
    style: (text, { state }) => (state === "ready" ? colors.green : colors.yellow)(text),
  },
  { title: "BASE", value: ({ engineKey }) => engineKey },
  { title: "OTHERS", value: ({ bases }) => formatCount(Math.max(0, bases.length - 1)), align: "right" },
  { title: "RUNS", value: ({ slotsUsed }) => formatCount(slotsUsed), align: "right" },
  { title: "SLOTS", value: ({ slots }) => formatCount(slots), align: "right" },
  {
    title: "FREE",
    value: ({ freeMemoryBytes }) => (freeMemoryBytes === null ? "-" : formatBytes(freeMemoryBytes)),
    align: "right",
    yields: true,
  },
  { title: "DEVICE", value: ({ device }) => device ?? "-" },
];

const stateOf = ({ state, nextEngineKey, drainRequested }: Worker): string => {
  if (drainRequested && state !== "draining") return `${state}, to be drained`;
  return nextEngineKey === null ? state : `${state} for ${nextEngineKey}`;
};

const refusalLines = ({ bases }: Worker): string[] =>
  bases.flatMap(({ engineKey, refusal }) =>
    refusal ? [printableLine(`'${engineKey}' can't be loaded: ${refusal.message}`)] : [],
  );

const awaitedLine = ({ engineKey, runs, calls, seconds }: Health["awaited"][number]): string => {
  const who = [...(runs > 0 ? [plural(runs, "run")] : []), ...(calls ? ["chats"] : [])].join(" and ");
  return printableLine(`Waiting for '${engineKey}': ${who}, for ${formatSeconds(seconds)}.`);
};
