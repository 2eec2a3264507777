import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseExpiry } from "../command/parse-values.ts";
import { UsageError } from "../failures/cli-error.ts";
import { readAllPages } from "../read-all-pages.ts";
import { formatDate } from "../screen/formats.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";
import { rotateKeyCommand } from "./rotate-key.ts";

const scopes = ["read", "write", "train", "admin"] as const;

const examples = [
  ["loraloom keys list --all", "every key"],
  ["loraloom keys create --user ada --name laptop > ada.key", "a key that acts for ada only"],
  [
    "loraloom keys create --service --name backend --scopes read train --expires 90d",
    "one that acts for all",
  ],
  ["loraloom keys rotate 01M7Z25ZDE2TZ3GP7YWW4B78FA --overlap 7d > ada.key", "another secret for it"],
  ["loraloom keys revoke 01M7Z25ZDE2TZ3GP7YWW4B78FA", "end a key, at once and for good"],
] as const;

export const keysCommand = (run: Run) =>
  createCommand("keys")
    .summary("Make, list, rotate and revoke API keys.")
    .description("Make, list, rotate and revoke API keys (needs a service key with the scope admin).")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(createKeyCommand(run))
    .addCommand(rotateKeyCommand(run))
    .addCommand(revokeCommand(run))
    .addHelpText("after", examplesText(examples));

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List the keys of the user, or without a user every key; never the keys themselves.")
    .option("--all", "every key, whatever --user says")
    .action((options, command) => run(command, (session) => listKeys(session, options)));

const createKeyCommand = (run: Run) =>
  createCommand("create")
    .description("Make a key: for the user of --user, or with --service for all. It is printed this once.")
    .requiredOption("--name <name>", "what it is for (needed)")
    .option("--service", "a key that acts for any user")
    .addOption(
      new Option("--scopes <scopes...>", "what it may do").choices(scopes).default(scopes.slice(0, 3)),
    )
    .option("--expires <date>", "when it ends, such as 2027-01-31 or 90d (never unless given)", parseExpiry)
    .action((options, command) => run(command, (session) => createKey(session, options)));

const revokeCommand = (run: Run) =>
  createCommand("revoke")
    .description("End keys, at once and for good.")
    .argument("<ids...>", "ids, as 'loraloom keys' lists them")
    .action((ids, _options, command) => run(command, (session) => revokeKeys(session, ids)));

type Key = Awaited<ReturnType<Client["keys"]["list"]["query"]>>["keys"][number];

const listKeys = async (session: Session, { all }: { all?: true }): Promise<undefined> => {
  const { client, screen, signal } = session;
  const user = all ? {} : session.user;
  const keys = await readAllPages(async (page) => {
    const answer = await client.keys.list.query({ ...user, ...page }, { signal });
    return { rows: answer.keys, nextCursor: answer.nextCursor };
  });
  screen.print(...tableLines(keys, columns(screen), screen));
  if (keys.length === 0) screen.note("No keys.");
  screen.json({ keys });
  return undefined;
};

const columns = ({ colors }: Screen): Column<Key>[] => [
  { title: "NAME", value: ({ name }) => name },
  { title: "ID", value: ({ id }) => id },
  { title: "ACTS FOR", value: ({ userId }) => userId ?? "(any user)" },
  { title: "SCOPES", value: (key) => key.scopes.join(",") },
  { title: "STATE", value: stateOf, style: (text, key) => (isUsable(key) ? text : colors.dim(text)) },
  { title: "LAST USED", value: ({ lastUsedAt }) => (lastUsedAt ? formatDate(lastUsedAt) : "never") },
];

const isUsable = ({ state }: Key): boolean => state === "valid";

const stateOf = ({ state, revokedAt, expiresAt, previousUntil }: Key): string => {
  if (revokedAt) return `revoked ${formatDate(revokedAt)}`;
  if (expiresAt && state === "expired") return `expired ${formatDate(expiresAt)}`;
  const end = expiresAt ? `until ${formatDate(expiresAt)}` : "valid";
  return previousUntil ? `${end}, its former secret until ${formatDate(previousUntil)}` : end;
};

type CreateOptions = { name: string; service?: true; scopes: (typeof scopes)[number][]; expires?: Date };

const createKey = async (session: Session, options: CreateOptions): Promise<undefined> => {
  const { client, screen, signal } = session;
  const { name, scopes, expires: expiresAt } = options;
  const created = await client.keys.create.mutate(
    { ...ownerOf(session, options), name, scopes, expiresAt },
    { signal },
  );
  screen.print(created.key);
  const owner = created.userId ?? "any user";
  screen.note(
    `Key '${printableLine(name)}' (${created.id}) acts for ${owner}. It is shown this once: keep it.`,
  );
  screen.json(created);
  return undefined;
};

const ownerOf = ({ user }: Session, { service }: CreateOptions) => {
  if (service) return { kind: "service" as const };
  if (user.userId !== undefined) return { kind: "user" as const, userId: user.userId };
  throw new UsageError("Say for whom: --user for one user, or --service for all.");
};

const revokeKeys = async ({ client, screen, signal }: Session, ids: string[]): Promise<undefined> => {
  const revoked: Key[] = [];
  for (const id of ids) revoked.push(await client.keys.revoke.mutate({ id }, { signal }));
  screen.print(...revoked.map(({ id, name }) => `revoked ${id} ${printableLine(name)}`));
  screen.json({ revoked });
  return undefined;
};
