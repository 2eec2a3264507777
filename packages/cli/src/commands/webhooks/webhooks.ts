import { createCommand, examplesText } from "../../command/create-command.ts";
import type { Run } from "../../session.ts";
import { createWebhookCommand } from "./create.ts";
import { deleteWebhooksCommand } from "./delete.ts";
import { deliveriesCommand, redeliverCommand } from "./deliveries.ts";
import { listWebhooksCommand } from "./list.ts";
import { testWebhookCommand } from "./test.ts";
import { updateWebhookCommand } from "./update.ts";

const examples = [
  ["loraloom webhooks create https://example.com/hook --user ada", "tell when a run of ada's has ended"],
  ["loraloom webhooks test 01M7Z25ZDE2TZ3GP7YWW4B78FA --user ada", "send a message now and see the answer"],
  ["loraloom webhooks deliveries 01M7Z25ZDE2TZ3GP7YWW4B78FA --state dead", "what never arrived"],
] as const;

export const webhooksCommand = (run: Run) =>
  createCommand("webhooks")
    .summary("Have your own server told of the states of runs.")
    .description("Have a URL told of the states of a user's runs, by signed messages.")
    .addCommand(listWebhooksCommand(run), { isDefault: true })
    .addCommand(createWebhookCommand(run))
    .addCommand(updateWebhookCommand(run))
    .addCommand(deleteWebhooksCommand(run))
    .addCommand(testWebhookCommand(run))
    .addCommand(deliveriesCommand(run))
    .addCommand(redeliverCommand(run))
    .addHelpText("after", examplesText(examples));
