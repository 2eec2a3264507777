import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { fieldLines } from "../../screen/fields.ts";
import { formatCount } from "../../screen/formats.ts";
import type { Run, Session } from "../../session.ts";

export const rewrapSecretsCommand = (run: Run) =>
  createCommand("rewrap-secrets")
    .description(
      "Put every stored secret under the first key of the master key file, so that older keys can be taken out of it; ends with 1 where a secret's key is not in the file.",
    )
    .action((_options, command) => run(command, rewrap));

const rewrap = async ({ client, screen, signal }: Session): Promise<ExitCode> => {
  const rewrapped = await client.admin.rewrapSecrets.mutate({}, { signal });
  screen.print(
    ...fieldLines(
      [
        ["key", rewrapped.keyId],
        ["rewrapped", formatCount(rewrapped.rewrapped)],
        ["unreadable", formatCount(rewrapped.unreadable)],
      ],
      screen,
    ),
  );
  screen.json(rewrapped);
  return rewrapped.unreadable > 0 ? exitCodes.refused : exitCodes.ok;
};
