import { createCommand } from "../../command/create-command.ts";
import type { Run, Session } from "../../session.ts";

export const drainCommand = (run: Run) =>
  createCommand("drain")
    .description(
      "Have a worker take nothing new: its runs are handed back from a checkpoint and go on elsewhere, its chats finish. 'loraloom workers' shows how far it is.",
    )
    .argument("<worker>", "id, as 'loraloom workers' lists it")
    .option("--undo", "let it work again")
    .action((worker, { undo }, command) =>
      run(command, (session) => drain(session, { workerId: worker, drain: !undo })),
    );

const drain = async (
  { client, screen, signal }: Session,
  wish: { workerId: string; drain: boolean },
): Promise<undefined> => {
  const worker = await client.admin.drainWorker.mutate(wish, { signal });
  screen.print(worker.drainRequested ? `draining ${worker.id}` : `opened ${worker.id}`);
  screen.json(worker);
  return undefined;
};
