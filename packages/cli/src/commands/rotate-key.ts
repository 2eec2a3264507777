import { createCommand } from "../command/create-command.ts";
import { parseSpan } from "../command/parse-values.ts";
import { formatDate } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Run, Session } from "../session.ts";

export const rotateKeyCommand = (run: Run) =>
  createCommand("rotate")
    .description("Give a key another secret, with the same rights. It is printed this once.")
    .argument("<id>", "id, as 'loraloom keys' lists it")
    .option(
      "--overlap <time>",
      "how long the secret before it still opens, such as 0, 90m, 12h or 7d (a day unless given, at most 30d)",
      parseSpan({ maxDays: 30 }),
    )
    .action((id, options, command) => run(command, (session) => rotateKey(session, id, options)));

const rotateKey = async (
  { client, screen, signal }: Session,
  id: string,
  { overlap: overlapSeconds }: { overlap?: number },
): Promise<undefined> => {
  const rotated = await client.keys.rotate.mutate({ id, overlapSeconds }, { signal });
  screen.print(rotated.key);
  const { name, previousUntil } = rotated;
  const end = previousUntil ? `opens until ${formatDate(previousUntil)}` : "has ended";
  screen.note(`Key '${printableLine(name)}' (${id}) has another secret: keep it. The one before it ${end}.`);
  screen.json(rotated);
  return undefined;
};
