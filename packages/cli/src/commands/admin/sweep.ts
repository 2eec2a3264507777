import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { whileBusy } from "../../screen/busy.ts";
import { formatCount } from "../../screen/formats.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

export const sweepCommand = (run: Run) =>
  createCommand("sweep")
    .description(
      "Remove now what is removed every minute: expired uploads and exports, objects that belong to nothing, and what is older than it is kept. Ends with 3 where a sweep failed.",
    )
    .action((_options, command) => run(command, sweep));

type Sweep = Awaited<ReturnType<Client["admin"]["sweep"]["mutate"]>>["sweeps"][number];

const sweep = async ({ client, screen, signal }: Session): Promise<ExitCode> => {
  const swept = await whileBusy(screen, "sweeping", client.admin.sweep.mutate({}, { signal }));
  screen.print(...tableLines(swept.sweeps, columns, screen));
  screen.json(swept);
  return swept.sweeps.some(({ error }) => error !== null) ? exitCodes.unavailable : exitCodes.ok;
};

const columns: Column<Sweep>[] = [
  { title: "SWEEP", value: ({ name }) => name },
  { title: "REMOVED", value: ({ removed }) => formatCount(removed), align: "right" },
  { title: "FAILED", value: ({ error }) => error ?? "-" },
];
