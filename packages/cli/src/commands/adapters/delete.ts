import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { UsageError } from "../../failures/cli-error.ts";
import { canAsk, confirm } from "../../screen/ask.ts";
import type { Run, Session } from "../../session.ts";

export const deleteCommand = (run: Run) =>
  createCommand("delete")
    .description("Delete the avatar's adapter with its versions, and end its runs. Its files stay.")
    .option("-y, --yes", "don't ask")
    .action((options, command) => run(command, (session) => deleteAdapter(session, options)));

const deleteAdapter = async (session: Session, { yes }: { yes?: true }): Promise<ExitCode | undefined> => {
  const { client, screen, signal } = session;
  const scope = session.avatar();
  if (!yes && !canAsk()) throw new UsageError("Nobody can be asked here.", { remedy: "Give --yes." });
  const question = `Delete the adapter of '${scope.avatarId}' and end its runs?`;
  if (!yes && !(await confirm(question, screen, signal))) {
    screen.note("Nothing was deleted.");
    return exitCodes.refused;
  }
  const deleted = await client.adapter.delete.mutate(scope, { signal });
  screen.print(`deleted ${scope.avatarId}`);
  screen.json(deleted);
  return undefined;
};
