import { createCommand } from "../../command/create-command.ts";
import type { Run, Session } from "../../session.ts";

export const restoreCommand = (run: Run) =>
  createCommand("restore")
    .description(
      "Make a backup a version again, and the current one. The same call again gives the same version.",
    )
    .argument("<backup>", "a backup's id")
    .option("--from <avatar>", "the avatar of the same user whose backup it is; this one unless given")
    .option("--candidate", "don't make it the current version")
    .action((backupId, options, command) => run(command, (session) => restore(session, backupId, options)));

type RestoreOptions = { from?: string; candidate?: true };

const restore = async (
  session: Session,
  backupId: string,
  { from: fromAvatarId, candidate }: RestoreOptions,
): Promise<undefined> => {
  const { client, screen, signal } = session;
  const publish = candidate ? ("candidate" as const) : ("current" as const);
  const restored = await client.adapter.restore.mutate(
    { ...session.avatar(), backupId, fromAvatarId, publish },
    { signal },
  );
  screen.print(restored.version);
  screen.note(candidate ? "The version waits as a candidate." : "The version is the current one.");
  screen.json(restored);
  return undefined;
};
