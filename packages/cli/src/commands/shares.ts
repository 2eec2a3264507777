import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";
import { createCommand, examplesText } from "../command/create-command.ts";
import { parseExpiry } from "../command/parse-values.ts";
import { readAllPages } from "../read-all-pages.ts";
import { formatDate } from "../screen/formats.ts";
import { type Column, tableLines } from "../screen/table.ts";
import type { Run, Session } from "../session.ts";

const roles = ["member", "read-only"] as const;

const examples = [
  ["loraloom shares set bob --role member --user ada --avatar mia", "bob may read, write and train"],
  ["loraloom shares set eve --role read-only --expires 30d", "eve may look on for a month"],
  ["loraloom shares --user ada --avatar mia", "with whom it is shared"],
  ["loraloom shares remove bob --user ada --avatar mia", "no more"],
  ["loraloom shares mine", "what is shared with me: name its owner in --user"],
] as const;

export const sharesCommand = (run: Run) =>
  createCommand("shares")
    .summary("Share the avatar with other users.")
    .description("Share the avatar with other users: its owner does.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(mineCommand(run))
    .addCommand(setCommand(run))
    .addCommand(removeCommand(run))
    .addHelpText("after", examplesText(examples));

const listCommand = (run: Run) =>
  createCommand("list")
    .description("List with whom the avatar is shared.")
    .action((_options, command) => run(command, listShares));

const mineCommand = (run: Run) =>
  createCommand("mine")
    .description("List the avatars of others that are shared with the user.")
    .action((_options, command) => run(command, listMine));

const setCommand = (run: Run) =>
  createCommand("set")
    .description("Share the avatar with a user, or change how it is shared.")
    .argument("<with>", "id of the user")
    .addOption(
      new Option("--role <role>", "member: reads, writes and trains; read-only: reads")
        .choices(roles)
        .makeOptionMandatory(),
    )
    .option("--expires <date>", "when it ends, such as 2027-01-31 or 90d (never unless given)", parseExpiry)
    .action((user, options, command) => run(command, (session) => setShare(session, user, options)));

const removeCommand = (run: Run) =>
  createCommand("remove")
    .description("End shares of the avatar, at once.")
    .argument("<with...>", "ids of users")
    .action((users, _options, command) => run(command, (session) => removeShares(session, users)));

type Share = Awaited<ReturnType<Client["shares"]["list"]["query"]>>["shares"][number];

const listShares = async (session: Session): Promise<undefined> => {
  const { client, signal } = session;
  const shares = await readAllPages(async (page) => {
    const answer = await client.shares.list.query({ ...session.avatar(), ...page }, { signal });
    return { rows: answer.shares, nextCursor: answer.nextCursor };
  });
  return show(session, shares, [{ title: "WITH", value: ({ userId }) => userId }, ...columns]);
};

const listMine = async (session: Session): Promise<undefined> => {
  const { client, user, signal } = session;
  const shares = await readAllPages(async (page) => {
    const answer = await client.shares.mine.query({ ...user, ...page }, { signal });
    return { rows: answer.shares, nextCursor: answer.nextCursor };
  });
  return show(session, shares, [
    { title: "OWNER", value: ({ ownerId }) => ownerId },
    { title: "AVATAR", value: ({ avatarId }) => avatarId },
    ...columns,
  ]);
};

const columns: Column<Share>[] = [
  { title: "ROLE", value: ({ role }) => role },
  { title: "UNTIL", value: ({ expiresAt }) => (expiresAt ? formatDate(expiresAt) : "removed") },
];

const show = ({ screen }: Session, shares: Share[], shown: Column<Share>[]): undefined => {
  screen.print(...tableLines(shares, shown, screen));
  if (shares.length === 0) screen.note("No shares.");
  screen.json({ shares });
};

type SetOptions = { role: (typeof roles)[number]; expires?: Date };

const setShare = async (session: Session, user: string, options: SetOptions): Promise<undefined> => {
  const { client, screen, signal } = session;
  const { role, expires: expiresAt } = options;
  const asked = { ...session.avatar(), with: user, role, expiresAt };
  const share = await client.shares.set.mutate(asked, { signal });
  screen.print(`shared ${share.avatarId} with ${share.userId} as ${share.role}`);
  screen.json(share);
  return undefined;
};

const removeShares = async (session: Session, users: string[]): Promise<undefined> => {
  const { client, screen, signal } = session;
  for (const user of users) {
    await client.shares.remove.mutate({ ...session.avatar(), with: user }, { signal });
    screen.print(`removed ${user}`);
  }
  screen.json({ removed: users });
  return undefined;
};
