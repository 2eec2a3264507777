import { createCommand } from "../../command/create-command.ts";
import { formatBytes } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

export const backupCommand = (run: Run) =>
  createCommand("backup")
    .description(
      "Back a version up, to where the adapter's deletion doesn't reach it. Prints the backup's id.",
    )
    .argument("[version]", "a version; the current one unless given")
    .action((version, _options, command) => run(command, (session) => backUp(session, version)));

const backUp = async (session: Session, version: string | undefined): Promise<undefined> => {
  const { client, screen, signal } = session;
  const backup = await client.adapter.backup.mutate({ ...session.avatar(), version }, { signal });
  screen.print(backup.id);
  screen.note(`Backed version ${backup.version} up (${formatBytes(backup.bytes)}).`);
  screen.json(backup);
  return undefined;
};
