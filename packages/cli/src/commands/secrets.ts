import { Argument } from "@commander-js/extra-typings";
import { createCommand, examplesText } from "../command/create-command.ts";
import { askSecret } from "../screen/ask-secret.ts";
import { formatDate } from "../screen/formats.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";

const names = ["hf-token", "wandb-key"] as const;
type Name = (typeof names)[number];

const examples = [
  ["loraloom secrets set hf-token --user ada", "asks for it, and shows nothing of what is typed"],
  ["loraloom secrets set wandb-key --user ada < wandb.key", "from a file"],
  ["loraloom secrets list --user ada", "which there are; nobody can read them again"],
] as const;

export const secretsCommand = (run: Run) =>
  createCommand("secrets")
    .summary("Keep tokens of other services, encrypted.")
    .description("Keep a user's tokens of other services, encrypted. Nobody can read them again.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(setCommand(run))
    .addCommand(deleteCommand(run))
    .addHelpText("after", examplesText(examples));

const nameArgument = () => new Argument("<name>", "which one").choices(names);

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List which secrets the user has, and since when; never any of them.")
    .action((_options, command) => run(command, listSecrets));

const setCommand = (run: Run) =>
  createCommand("set")
    .description(
      "Keep a secret: typed at the terminal, where it is not shown, or from stdin. One of that name is replaced.",
    )
    .addArgument(nameArgument())
    .action((name, _options, command) => run(command, (session) => setSecret(session, name)));

const deleteCommand = (run: Run) =>
  createCommand("delete")
    .description("Delete a secret.")
    .addArgument(nameArgument())
    .action((name, _options, command) => run(command, (session) => deleteSecret(session, name)));

const listSecrets = async ({ client, user, screen, signal }: Session): Promise<undefined> => {
  const { secrets } = await client.secrets.list.query(user, { signal });
  screen.print(...tableLines(secrets, columns, screen));
  if (secrets.length === 0) screen.note("No secrets.");
  screen.json({ secrets });
  return undefined;
};

const columns: Column<{ name: string; setAt: Date }>[] = [
  { title: "NAME", value: ({ name }) => name },
  { title: "SET", value: ({ setAt }) => formatDate(setAt) },
];

const setSecret = async (session: Session, name: Name): Promise<undefined> => {
  const { client, user, screen, signal } = session;
  const value = await askSecret(`The ${name} (it is not shown):`, session);
  const secret = await client.secrets.set.mutate({ ...user, name, value }, { signal });
  screen.print(`set ${name}`);
  screen.json(secret);
  return undefined;
};

const deleteSecret = async ({ client, user, screen, signal }: Session, name: Name): Promise<undefined> => {
  const secret = await client.secrets.delete.mutate({ ...user, name }, { signal });
  screen.print(`deleted ${name}`);
  screen.json(secret);
  return undefined;
};
