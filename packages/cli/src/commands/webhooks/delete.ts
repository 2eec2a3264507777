import { createCommand } from "../../command/create-command.ts";
import type { Run, Session } from "../../session.ts";

export const deleteWebhooksCommand = (run: Run) =>
  createCommand("delete")
    .description("Delete webhooks with their logs; what was not sent yet is not sent.")
    .argument("<ids...>", "ids, as 'loraloom webhooks' lists them")
    .action((ids, _options, command) => run(command, (session) => deleteWebhooks(session, ids)));

const deleteWebhooks = async (
  { client, screen, signal, user }: Session,
  ids: string[],
): Promise<undefined> => {
  for (const webhookId of ids) await client.webhooks.delete.mutate({ ...user, webhookId }, { signal });
  screen.print(...ids.map((id) => `deleted ${id}`));
  screen.json({ deleted: ids });
  return undefined;
};
