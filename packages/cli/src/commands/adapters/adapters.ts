import { createCommand, examplesText } from "../../command/create-command.ts";
import type { Run } from "../../session.ts";
import { backupCommand } from "./backup.ts";
import { backupsCommand } from "./backups.ts";
import { createAdapterCommand } from "./create.ts";
import { deleteCommand } from "./delete.ts";
import { deleteBackupCommand } from "./delete-backup.ts";
import { downloadCommand } from "./download.ts";
import { infoCommand } from "./info.ts";
import { lineageCommand } from "./lineage.ts";
import { listCommand } from "./list.ts";
import { restoreCommand } from "./restore.ts";
import { rollbackCommand } from "./rollback.ts";
import { versionsCommand } from "./versions.ts";

const examples = [
  ["loraloom adapters", "the adapters of the user"],
  ["loraloom adapters versions", "what was trained, the newest first"],
  ["loraloom adapters rollback", "back to the version before"],
  ["loraloom adapters download --out ./osk", "the current version, as PEFT or transformers reads it"],
  [
    "loraloom adapters restore $(loraloom adapters backup) --from osk --avatar osk-2",
    "a copy for another avatar",
  ],
] as const;

export const adaptersCommand = (run: Run) =>
  createCommand("adapters")
    .description("Look after adapters and their versions.")
    .addCommand(listCommand(run), { isDefault: true })
    .addCommand(createAdapterCommand(run))
    .addCommand(infoCommand(run))
    .addCommand(versionsCommand(run))
    .addCommand(lineageCommand(run))
    .addCommand(rollbackCommand(run))
    .addCommand(downloadCommand(run))
    .addCommand(backupCommand(run))
    .addCommand(backupsCommand(run))
    .addCommand(restoreCommand(run))
    .addCommand(deleteBackupCommand(run))
    .addCommand(deleteCommand(run))
    .addHelpText("after", examplesText(examples));
