import { Option } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import { UsageError } from "../failures/cli-error.ts";
import type { Erased, Unflagged } from "../folders/file-folder.ts";
import { evaluationOption, folderOption, openFolder } from "../folders/open-folder.ts";
import { holderLines } from "../holders.ts";
import { agreeTo, canAsk } from "../screen/ask.ts";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Run, Session } from "../session.ts";

const examples = [
  ["loraloom rm old.csv drafts.jsonl", "delete two files"],
  [
    "loraloom rm letters.txt --erase",
    "delete a file and every copy in runs; says which versions learned from it",
  ],
  ["loraloom rm --unflagged --dry-run", "see what training leaves out"],
  ["loraloom rm --unflagged --yes", "delete it, without a question"],
] as const;

export const rmCommand = (run: Run) =>
  createCommand("rm")
    .summary("Delete files.")
    .description("Delete files. Versions that learned from them stay.")
    .argument("[names...]", "files")
    .addOption(evaluationOption())
    .addOption(folderOption())
    .addOption(
      new Option("--unflagged", "every training file that training leaves out").conflicts("evaluation"),
    )
    .addOption(
      new Option(
        "--erase",
        "delete what runs have kept of them too, and name the versions that hold it",
      ).conflicts("unflagged"),
    )
    .option("--dry-run", "say what --unflagged would delete, and delete nothing")
    .option("-y, --yes", "don't ask")
    .addHelpText("after", examplesText(examples))
    .action((names, options, command) => run(command, (session) => remove(session, names, options)));

type RmOptions = {
  evaluation?: true;
  folder?: string;
  unflagged?: true;
  erase?: true;
  dryRun?: true;
  yes?: true;
};

const remove = (session: Session, names: string[], options: RmOptions): Promise<undefined> => {
  if (options.unflagged ? names.length > 0 : names.length === 0) {
    throw new UsageError("Give names, or --unflagged.");
  }
  if (options.dryRun && !options.unflagged) throw new UsageError("--dry-run goes with --unflagged.");
  if (options.unflagged) return removeUnflagged(session, options);
  return options.erase ? erase(session, names, options) : removeNamed(session, names, options);
};

/** Whoever gives names to a script has chosen them; at a terminal a slip is likelier than a question is a burden. */
const removeNamed = async (session: Session, names: string[], options: RmOptions): Promise<undefined> => {
  const { screen } = session;
  const question = `Delete ${names.length === 1 ? `'${names[0]}'` : plural(names.length, "file")}?`;
  if (canAsk()) await agreeTo(question, session, options);
  const { deleted } = await openFolder(session, options).deleteMany(names);
  screen.print(...names.map((name) => `deleted ${printableLine(name)}`));
  screen.json({ deleted, names });
  return undefined;
};

const erase = async (session: Session, names: string[], options: RmOptions): Promise<undefined> => {
  const { screen } = session;
  const folder = openFolder(session, options);
  await agreeTo(`Erase ${plural(names.length, "file")}, and what runs have kept?`, session, options);
  const erased: Erased[] = [];
  for (const name of names) {
    const outcome = await folder.erase(name);
    screen.print(`erased ${printableLine(name)}`);
    screen.print(...holderLines(outcome, screen).map((line) => `  ${line}`));
    erased.push(outcome);
  }
  if (erased.some(({ versions, backups }) => versions.length + backups.length > 0)) {
    screen.note(
      "The versions and backups above still hold what it taught; they stay until they are deleted.",
    );
  }
  screen.json({ erased });
  return undefined;
};

const removeUnflagged = async (session: Session, { dryRun, ...options }: RmOptions): Promise<undefined> => {
  const folder = openFolder(session, options);
  const found = await folder.deleteUnflagged(true);
  if (!dryRun && found.count > 0) {
    const size = `${plural(found.count, "file")} (${formatBytes(found.bytes)})`;
    await agreeTo(`Delete ${size} that training leaves out?`, session, options);
  }
  showDeleted(session, dryRun ? found : await folder.deleteUnflagged(false));
  return undefined;
};

const showDeleted = ({ screen }: Session, outcome: Unflagged): void => {
  const { names, count, bytes, dryRun } = outcome;
  const word = dryRun ? "would delete" : "deleted";
  screen.print(...names.map((name) => `${word} ${printableLine(name)}`));
  if (count > names.length) screen.print(`${word} ${formatCount(count - names.length)} more`);
  screen.note(`${plural(count, "file")}, ${formatBytes(bytes)}.`);
  screen.json(outcome);
};
