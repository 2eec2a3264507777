import { createCommand } from "../../command/create-command.ts";
import { eraseWith } from "../../erasure/erase.ts";
import type { Run } from "../../session.ts";

export const eraseUserCommand = (run: Run) =>
  createCommand("erase-user")
    .description(
      "Remove everything of a user for good: all avatars with all that belongs to them, files, keys and secrets. Running work ends at once. The id can't be used again.",
    )
    .argument("<user>", "the id")
    .option("--dry-run", "say what there is, and erase nothing")
    .option("--confirm <user>", "the id once more, instead of being asked for it")
    .action((userId, options, command) =>
      run(command, (session) => {
        const { client, signal } = session;
        const call = (asked: { dryRun?: boolean; confirm?: string }) =>
          client.admin.eraseUser.mutate({ userId, ...asked }, { signal });
        return eraseWith(session, { id: userId, call }, options);
      }),
    );
