import { createCommand } from "../../command/create-command.ts";
import { agreeTo } from "../../screen/ask.ts";
import { plural } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

export const deleteBackupCommand = (run: Run) =>
  createCommand("delete-backup")
    .description("Delete backups; versions that were restored from them stay.")
    .argument("<backups...>", "ids of backups")
    .option("-y, --yes", "don't ask")
    .action((ids, options, command) => run(command, (session) => deleteBackups(session, ids, options)));

const deleteBackups = async (
  session: Session,
  ids: string[],
  options: { yes?: true },
): Promise<undefined> => {
  const { client, screen, signal } = session;
  await agreeTo(`Delete ${plural(ids.length, "backup")}?`, session, options);
  for (const backupId of ids) {
    await client.adapter.deleteBackup.mutate({ ...session.avatar(), backupId }, { signal });
    screen.print(`deleted ${backupId}`);
  }
  screen.json({ deleted: ids });
  return undefined;
};
