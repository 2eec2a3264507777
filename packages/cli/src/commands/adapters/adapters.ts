import { createCommand, examplesText } from "../../command/create-command.ts";
import type { Run } from "../../session.ts";
import { createAdapterCommand } from "./create.ts";
import { deleteCommand } from "./delete.ts";
import { downloadCommand } from "./download.ts";
import { listCommand } from "./list.ts";
import { rollbackCommand } from "./rollback.ts";
import { versionsCommand } from "./versions.ts";

const examples = [
  ["loraloom adapters", "the adapters of the user"],
  ["loraloom adapters versions", "what was trained, the newest first"],
  ["loraloom adapters rollback", "back to the version before"],
  ["loraloom adapters download --out ./osk", "the current version, as PEFT reads it"],
] as const;

export const adaptersCommand = (run: Run) =>
  createCommand("adapters")
    .description("Look after adapters and their versions.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(createAdapterCommand(run))
    .addCommand(versionsCommand(run))
    .addCommand(rollbackCommand(run))
    .addCommand(downloadCommand(run))
    .addCommand(deleteCommand(run))
    .addHelpText("after", examplesText(examples));
