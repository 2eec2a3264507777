import { createCommand, examplesText } from "../command/create-command.ts";
import type { Synced } from "../folders/file-folder.ts";
import { evaluationOption, folderOption, openFolder } from "../folders/open-folder.ts";
import { formatCount } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Run, Session } from "../session.ts";

const examples = [
  ["loraloom sync", "after 'aws s3 cp' into the avatar's training_data/"],
  ["loraloom sync --folder media/audio", "the same for another folder"],
] as const;

export const syncCommand = (run: Run) =>
  createCommand("sync")
    .description("Take over what other tools put, changed and removed in the object store.")
    .addOption(evaluationOption())
    .addOption(folderOption())
    .addHelpText("after", examplesText(examples))
    .action((options, command) => run(command, (session) => sync(session, options)));

const sync = async (
  session: Session,
  options: { evaluation?: true; folder?: string },
): Promise<undefined> => {
  const { screen } = session;
  const synced = await openFolder(session, options).sync();
  screen.print(...syncedLines(synced));
  const { adopted, changed, missing, skipped } = synced;
  const counts = [
    `${formatCount(adopted.count)} adopted`,
    `${formatCount(changed.count)} changed`,
    `${formatCount(missing.count)} missing`,
    `${formatCount(skipped.count)} skipped`,
  ];
  screen.note(`${counts.join(", ")}.`);
  if (synced.surplus > 0) screen.note(surplusNote(synced));
  screen.json(synced);
  return undefined;
};

const surplusNote = ({ surplus }: Synced): string =>
  `The avatar has ${formatCount(surplus)} more files than it may have: new names can't be uploaded until some are deleted.`;

const syncedLines = ({ adopted, changed, missing, skipped }: Synced): string[] =>
  [
    ...adopted.first.map((name) => `adopted ${name}`),
    ...changed.first.map((name) => `changed ${name}`),
    ...missing.first.map((name) => `missing ${name}`),
    ...skipped.first.map(({ name, reason }) => `skipped ${name} (${reason})`),
  ].map(printableLine);
