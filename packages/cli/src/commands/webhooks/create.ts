import type { WebhookEvent } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { printableLine } from "../../screen/printable.ts";
import type { Run, Session } from "../../session.ts";
import { eventsOption } from "./event-option.ts";

export const createWebhookCommand = (run: Run) =>
  createCommand("create")
    .description(
      "Have a URL told of runs' states. The secret that its messages are signed with is printed this once.",
    )
    .argument("<url>", "https:// URL of your server")
    .addOption(eventsOption("which events (unless given: run-completed, run-failed, run-cancelled)"))
    .option("--only <avatar>", "of this avatar's runs only")
    .action((url, options, command) => run(command, (session) => createWebhook(session, url, options)));

type CreateOptions = { events?: WebhookEvent[]; only?: string };

const createWebhook = async (
  { client, screen, signal, user }: Session,
  url: string,
  { events, only: avatarId }: CreateOptions,
): Promise<undefined> => {
  const made = await client.webhooks.create.mutate({ ...user, url, events, avatarId }, { signal });
  screen.print(made.secret);
  screen.note(
    `Webhook ${made.id} tells ${printableLine(made.url)} of: ${made.events.join(", ")}. The secret is shown this once: keep it.`,
  );
  screen.json(made);
  return undefined;
};
