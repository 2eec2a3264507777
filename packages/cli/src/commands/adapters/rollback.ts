import { createCommand } from "../../command/create-command.ts";
import type { Run, Session } from "../../session.ts";

export const rollbackCommand = (run: Run) =>
  createCommand("rollback")
    .description("Make the version before the current one the current one again, or the named one.")
    .argument("[version]", "any version, a candidate too")
    .action((version, _options, command) => run(command, (session) => rollback(session, version)));

const rollback = async (session: Session, version: string | undefined): Promise<undefined> => {
  const { client, screen, signal } = session;
  const adapter = await client.adapter.rollback.mutate({ ...session.avatar(), version }, { signal });
  screen.print(`current version ${adapter.currentVersion}`);
  screen.json(adapter);
  return undefined;
};
