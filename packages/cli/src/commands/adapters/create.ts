import { createCommand } from "../../command/create-command.ts";
import { printableLine } from "../../screen/printable.ts";
import type { Run, Session } from "../../session.ts";

export const createAdapterCommand = (run: Run) =>
  createCommand("create")
    .description("Make the avatar's adapter; 'loraloom train' does so by itself.")
    .option("--base-model <model>", "what it is trained on; the service's own unless given")
    .action(({ baseModel }, command) => run(command, (session) => create(session, baseModel)));

const create = async (session: Session, baseModel: string | undefined): Promise<undefined> => {
  const { client, screen, signal } = session;
  const adapter = await client.adapter.create.mutate({ ...session.avatar(), baseModel }, { signal });
  screen.print(printableLine(`${adapter.avatarId} ${adapter.baseModel}`));
  screen.json(adapter);
  return undefined;
};
