import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { agreeTo } from "../../screen/ask.ts";
import { whileBusy } from "../../screen/busy.ts";
import { fieldLines } from "../../screen/fields.ts";
import { formatCount } from "../../screen/formats.ts";
import { printableLine } from "../../screen/printable.ts";
import type { Run, Session } from "../../session.ts";

export const rebuildCommand = (run: Run) =>
  createCommand("rebuild")
    .description(
      "Fill the tables of the database from the object store alone: files, flags, runs, adapters, versions and backups of every user. What is known stays; only what is found of erased users and avatars is deleted. Ends with 1 where an object is damaged.",
    )
    .option("-y, --yes", "don't ask")
    .action((options, command) => run(command, (session) => rebuild(session, options)));

type Rebuilt = Awaited<ReturnType<Client["admin"]["rebuild"]["mutate"]>>;

const rebuild = async (session: Session, options: { yes?: true }): Promise<ExitCode> => {
  const { client, screen, signal } = session;
  await agreeTo("Look through everything in the object store, of every user?", session, options);
  const rebuilding = client.admin.rebuild.mutate({}, { signal });
  const rebuilt = await whileBusy(screen, "reading the object store", rebuilding);
  screen.print(...damagedLines(rebuilt, screen), ...fieldLines(fieldsOf(rebuilt), screen));
  screen.json(rebuilt);
  return rebuilt.damaged.count > 0 ? exitCodes.refused : exitCodes.ok;
};

/** What was not known before; a store that is as the tables say adds nothing. */
const fieldsOf = ({ avatars, files, surplus, damaged, ...added }: Rebuilt): [string, string][] => [
  ["avatars", `${formatCount(avatars)} looked through`],
  [
    "files",
    `${formatCount(files.adopted)} added, ${formatCount(files.changed)} changed, ${formatCount(files.missing)} missing, ${formatCount(files.skipped)} skipped`,
  ],
  ["adapters", `${formatCount(added.adapters)} added`],
  ["versions", `${formatCount(added.versions)} added`],
  ["backups", `${formatCount(added.backups)} added`],
  ["runs", `${formatCount(added.runs)} added`],
  ...surplusField(surplus.count),
  ["damaged", formatCount(damaged.count)],
];

/** `--json` names them. */
const surplusField = (avatars: number): [string, string][] =>
  avatars > 0 ? [["surplus", `${formatCount(avatars)} avatars have more files than they may have`]] : [];

const damagedLines = ({ damaged: { count, first } }: Rebuilt, { colors }: Session["screen"]): string[] => {
  const lines = first.map(
    ({ key, reason }) => `${colors.red("damaged")} ${printableLine(`${key}: ${reason}`)}`,
  );
  return count > first.length ? [...lines, `damaged ${formatCount(count - first.length)} more`] : lines;
};
