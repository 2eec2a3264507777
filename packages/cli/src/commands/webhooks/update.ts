import { Option } from "@commander-js/extra-typings";
import type { WebhookEvent } from "@loraloom/client";
import { createCommand } from "../../command/create-command.ts";
import { UsageError } from "../../failures/cli-error.ts";
import type { Run, Session } from "../../session.ts";
import { eventsOption } from "./event-option.ts";

export const updateWebhookCommand = (run: Run) =>
  createCommand("update")
    .description("Change a webhook; what is not named stays, and so does its secret.")
    .argument("<id>", "id, as 'loraloom webhooks' lists it")
    .option("--to <url>", "where it goes from now on")
    .addOption(eventsOption("which events from now on"))
    .addOption(new Option("--only <avatar>", "of this avatar's runs only").conflicts("every"))
    .option("--every", "of the runs of every avatar")
    .addOption(new Option("--on", "send again").conflicts("off"))
    .option("--off", "send nothing, and keep nothing for later")
    .action((id, options, command) => run(command, (session) => updateWebhook(session, id, options)));

type UpdateOptions = {
  to?: string;
  events?: WebhookEvent[];
  only?: string;
  every?: true;
  on?: true;
  off?: true;
};

const updateWebhook = async (
  { client, screen, signal, user }: Session,
  webhookId: string,
  options: UpdateOptions,
): Promise<undefined> => {
  const change = changeOf(options);
  const changed = await client.webhooks.update.mutate({ ...user, webhookId, ...change }, { signal });
  screen.print(`changed ${changed.id}`);
  screen.json(changed);
  return undefined;
};

const changeOf = ({ to: url, events, only, every, on, off }: UpdateOptions) => {
  if (!url && !events && !only && !every && !on && !off) throw new UsageError("Say what to change.");
  return {
    url,
    events,
    ...((only || every) && { avatarId: only ?? null }),
    ...((on || off) && { enabled: on === true }),
  };
};
