import { Option } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import { UsageError } from "../failures/cli-error.ts";
import type { FileFolder } from "../folders/file-folder.ts";
import { folderOption, openFolder } from "../folders/open-folder.ts";
import { readAllPages } from "../read-all-pages.ts";
import { plural } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Run, Session } from "../session.ts";

/** As many as one call takes. */
const mostFlags = 10_000;

const examples = [
  ["loraloom flag drafts.jsonl old.csv --off", "leave two files out of training"],
  ["loraloom flag --all --on", "train on every file"],
] as const;

export const flagCommand = (run: Run) =>
  createCommand("flag")
    .description("Say which files training uses.")
    .argument("[names...]", "files")
    .addOption(new Option("--on", "training uses them").conflicts("off"))
    .option("--off", "training leaves them out; they stay stored")
    .option("--all", "every file instead of names")
    .addOption(folderOption())
    .addHelpText("after", examplesText(examples))
    .action((names, options, command) => run(command, (session) => setFlags(session, names, options)));

type FlagOptions = { on?: true; off?: true; all?: true; folder?: string };

const setFlags = async (session: Session, names: string[], options: FlagOptions): Promise<undefined> => {
  const useForTraining = chosenFlag(options);
  if (options.all ? names.length > 0 : names.length === 0) throw new UsageError("Give names, or --all.");
  const folder = openFolder(session, options);
  const chosen = options.all ? await namesToChange(folder, useForTraining) : names;
  const changed: string[] = [];
  for (let at = 0; at < chosen.length; at += mostFlags) {
    const flags = chosen.slice(at, at + mostFlags).map((name) => ({ name, useForTraining }));
    changed.push(...(await folder.setFlags(flags)).names);
  }
  const { screen } = session;
  screen.print(...changed.map((name) => `${printableLine(name)} ${useForTraining ? "on" : "off"}`));
  screen.note(`Changed ${plural(changed.length, "file")}.`);
  screen.json({ changed: changed.length, names: changed });
  return undefined;
};

const chosenFlag = ({ on, off }: FlagOptions): boolean => {
  if (on || off) return on === true;
  throw new UsageError("Say --on or --off.");
};

/** Every file whose flag is the other one now. */
const namesToChange = async (folder: FileFolder, useForTraining: boolean): Promise<string[]> => {
  const filter = useForTraining ? "unused" : "used";
  const files = await readAllPages(async (page) => {
    const { files: rows, nextCursor } = await folder.list({ filter, ...page });
    return { rows, nextCursor };
  });
  return files.map(({ name }) => name);
};
