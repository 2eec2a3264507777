import { Option } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { UsageError } from "../failures/cli-error.ts";
import { evaluationOption, openFolder } from "../file-folder.ts";
import { canAsk, confirm } from "../screen/ask.ts";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Run, Session } from "../session.ts";

const examples = [
  ["loraloom rm old.csv drafts.jsonl", "delete two files"],
  ["loraloom rm --unflagged --dry-run", "see what training leaves out"],
  ["loraloom rm --unflagged --yes", "delete it, without a question"],
] as const;

export const rmCommand = (run: Run) =>
  createCommand("rm")
    .summary("Delete files.")
    .description("Delete files. Versions that learned from them stay.")
    .argument("[names...]", "files")
    .addOption(evaluationOption())
    .addOption(
      new Option("--unflagged", "every training file that training leaves out").conflicts("evaluation"),
    )
    .option("--dry-run", "say what --unflagged would delete, and delete nothing")
    .option("-y, --yes", "don't ask")
    .addHelpText("after", examplesText(examples))
    .action((names, options, command) => run(command, (session) => remove(session, names, options)));

type RmOptions = { evaluation?: true; unflagged?: true; dryRun?: true; yes?: true };

const remove = (session: Session, names: string[], options: RmOptions): Promise<ExitCode | undefined> => {
  if (options.unflagged ? names.length > 0 : names.length === 0) {
    throw new UsageError("Give names, or --unflagged.");
  }
  if (options.dryRun && !options.unflagged) throw new UsageError("--dry-run goes with --unflagged.");
  return options.unflagged ? removeUnflagged(session, options) : removeNamed(session, names, options);
};

const removeNamed = async (
  session: Session,
  names: string[],
  options: RmOptions,
): Promise<ExitCode | undefined> => {
  const { screen, signal } = session;
  const asked = options.yes || !canAsk();
  const question = `Delete ${names.length === 1 ? `'${names[0]}'` : plural(names.length, "file")}?`;
  if (!asked && !(await confirm(question, screen, signal))) return declined(session);
  const { deleted } = await openFolder(session, options).deleteMany(names);
  screen.print(...names.map((name) => `deleted ${printableLine(name)}`));
  screen.json({ deleted, names });
  return undefined;
};

const removeUnflagged = async (session: Session, options: RmOptions): Promise<ExitCode | undefined> => {
  const { client, screen, signal } = session;
  const call = (dryRun: boolean) =>
    client.trainingData.deleteUnflagged.mutate({ ...session.avatar(), dryRun }, { signal });
  if (!options.dryRun && !options.yes && !canAsk()) {
    throw new UsageError("Nobody can be asked here.", { remedy: "Give --yes to delete, or --dry-run." });
  }
  const found = options.yes ? undefined : await call(true);
  if (found && !options.dryRun && found.count > 0) {
    const question = `Delete ${plural(found.count, "file")} (${formatBytes(found.bytes)}) that training leaves out?`;
    if (!(await confirm(question, screen, signal))) return declined(session);
  }
  const outcome = options.dryRun && found ? found : await call(false);
  const word = outcome.dryRun ? "would delete" : "deleted";
  screen.print(...outcome.names.map((name) => `${word} ${printableLine(name)}`));
  if (outcome.count > outcome.names.length) {
    screen.print(`${word} ${formatCount(outcome.count - outcome.names.length)} more`);
  }
  screen.note(`${plural(outcome.count, "file")}, ${formatBytes(outcome.bytes)}.`);
  screen.json(outcome);
  return undefined;
};

const declined = ({ screen }: Session): ExitCode => {
  screen.note("Nothing was deleted.");
  return exitCodes.refused;
};
