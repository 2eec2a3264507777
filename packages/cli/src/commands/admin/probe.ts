import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { whileBusy } from "../../screen/busy.ts";
import type { Screen } from "../../screen/screen.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

export const probeCommand = (run: Run) =>
  createCommand("probe")
    .description(
      "Try out again what the object store can do, as after a change of it. Ends with 1 where it can't do what nothing works without.",
    )
    .action((_options, command) => run(command, probe));

type Check = Awaited<ReturnType<Client["admin"]["probe"]["mutate"]>>["checks"][number];

const probe = async ({ client, screen, signal }: Session): Promise<ExitCode> => {
  const probed = await whileBusy(screen, "trying the store", client.admin.probe.mutate({}, { signal }));
  screen.note(`Tried the ${probed.place}.`);
  screen.print(...tableLines(probed.checks, columns(screen), screen));
  screen.json(probed);
  return probed.checks.some(isFatal) ? exitCodes.refused : exitCodes.ok;
};

const isFatal = ({ needed, fault }: Check): boolean => needed && fault !== null;

const columns = ({ colors }: Screen): Column<Check>[] => [
  { title: "CHECK", value: ({ name }) => name },
  {
    title: "RESULT",
    value: ({ fault }) => (fault === null ? "passed" : `the store ${fault}`),
    style: (text, check) => {
      if (check.fault === null) return colors.green(text);
      return isFatal(check) ? colors.red(text) : colors.yellow(text);
    },
  },
];
