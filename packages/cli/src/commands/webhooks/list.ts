import type { Client } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import type { Screen } from "../../screen/screen.ts";
import { type Column, tableLines } from "../../screen/table.ts";
import type { Run, Session } from "../../session.ts";

export const listWebhooksCommand = (run: Run) =>
  createCommand("list")
    .description("List the webhooks of the user; never their secrets.")
    .action((_options, command) => run(command, listWebhooks));

type Webhook = Awaited<ReturnType<Client["webhooks"]["list"]["query"]>>["webhooks"][number];

const listWebhooks = async ({ client, screen, signal, user }: Session): Promise<undefined> => {
  const { webhooks } = await client.webhooks.list.query(user, { signal });
  screen.print(...tableLines(webhooks, columns(screen), screen));
  if (webhooks.length === 0) screen.note("No webhooks.");
  screen.json({ webhooks });
  return undefined;
};

const columns = ({ colors }: Screen): Column<Webhook>[] => [
  { title: "ID", value: ({ id }) => id },
  { title: "STATE", value: stateOf, style: (text, { enabled }) => (enabled ? text : colors.dim(text)) },
  { title: "AVATAR", value: ({ avatarId }) => avatarId ?? "(every)" },
  { title: "EVENTS", value: ({ events }) => events.join(",") },
  { title: "URL", value: ({ url }) => url },
];

const stateOf = ({ enabled, failures }: Webhook): string => {
  if (!enabled) return "off";
  return failures > 0 ? `on, ${failures} failed` : "on";
};
