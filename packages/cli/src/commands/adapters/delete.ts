import { createCommand } from "../../command/create-command.ts";
import { agreeTo } from "../../screen/ask.ts";
import type { Run, Session } from "../../session.ts";

export const deleteCommand = (run: Run) =>
  createCommand("delete")
    .description("Delete the avatar's adapter with its versions, and end its runs. Files and backups stay.")
    .option("-y, --yes", "don't ask")
    .action((options, command) => run(command, (session) => deleteAdapter(session, options)));

const deleteAdapter = async (session: Session, options: { yes?: true }): Promise<undefined> => {
  const { client, screen, signal } = session;
  const scope = session.avatar();
  await agreeTo(`Delete the adapter of '${scope.avatarId}' and end its runs?`, session, options);
  const deleted = await client.adapter.delete.mutate(scope, { signal });
  screen.print(`deleted ${scope.avatarId}`);
  screen.json(deleted);
  return undefined;
};
