import { createCommand, examplesText } from "../command/create-command.ts";
import { eraseWith } from "../erasure/erase.ts";
import type { Run } from "../session.ts";

const examples = [
  ["loraloom avatars erase mia --user ada --dry-run", "what there is of it"],
  ["loraloom avatars erase mia --user ada", "shows that, has 'mia' typed once more, and erases it"],
  ["loraloom avatars erase mia --user ada --confirm mia", "in a script"],
] as const;

export const avatarsCommand = (run: Run) =>
  createCommand("avatars")
    .summary("Erase avatars.")
    .description("Erase avatars with everything that belongs to them.")
    .addCommand(eraseCommand(run))
    .addHelpText("after", examplesText(examples));

const eraseCommand = (run: Run) =>
  createCommand("erase")
    .description(
      "Remove everything of an avatar for good: files, runs, versions, backups, in the database and the object store. Running work ends at once. The id can't be used again.",
    )
    .argument("<avatar>", "its id")
    .option("--dry-run", "say what there is, and erase nothing")
    .option("--confirm <avatar>", "the id once more, instead of being asked for it")
    .action((avatarId, options, command) =>
      run(command, (session) => {
        const { client, user, signal } = session;
        const call = (asked: { dryRun?: boolean; confirm?: string }) =>
          client.avatars.erase.mutate({ ...user, avatarId, ...asked }, { signal });
        return eraseWith(session, { id: avatarId, call }, options);
      }),
    );
