import { createCommand } from "../../command/create-command.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { printableLine } from "../../screen/printable.ts";
import type { Run, Session } from "../../session.ts";
import { outcomeOf } from "./deliveries.ts";

export const testWebhookCommand = (run: Run) =>
  createCommand("test")
    .description("Send a message that tells of no run, once and now; ends with 1 where it was not taken.")
    .argument("<id>", "id, as 'loraloom webhooks' lists it")
    .action((id, _options, command) => run(command, (session) => testWebhook(session, id)));

const testWebhook = async (
  { client, screen, signal, user }: Session,
  webhookId: string,
): Promise<ExitCode> => {
  const tested = await client.webhooks.test.mutate({ ...user, webhookId }, { signal });
  screen.print(`${tested.state}: ${printableLine(outcomeOf(tested))}`);
  screen.json(tested);
  return tested.state === "delivered" ? exitCodes.ok : exitCodes.refused;
};
