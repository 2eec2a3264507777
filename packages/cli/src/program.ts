import { readFileSync } from "node:fs";
import { completeCommand, createCommand } from "./command/create-command.ts";
import { adaptersCommand } from "./commands/adapters/adapters.ts";
import { adminCommand } from "./commands/admin/admin.ts";
import { avatarsCommand } from "./commands/avatars.ts";
import { chatCommand } from "./commands/chat.ts";
import { flagCommand } from "./commands/flag.ts";
import { keysCommand } from "./commands/keys.ts";
import { lsCommand } from "./commands/ls.ts";
import { rmCommand } from "./commands/rm.ts";
import { runsCommand } from "./commands/runs.ts";
import { secretsCommand } from "./commands/secrets.ts";
import { syncCommand } from "./commands/sync.ts";
import { trainCommand } from "./commands/train.ts";
import { uploadCommand } from "./commands/upload.ts";
import { usageCommand } from "./commands/usage.ts";
import { validateCommand } from "./commands/validate.ts";
import { watchCommand } from "./commands/watch.ts";
import { workersCommand } from "./commands/workers.ts";
import type { Run } from "./session.ts";

/** Every command; each has its own file. */
export const createProgram = (run: Run) => {
  const program = createCommand("loraloom")
    .description("Train LoRA adapters on your own data, and talk with them.")
    .version(readVersion(), "-V, --version", "print the version")
    .addHelpText("after", notes)
    .commandsGroup("Files:")
    .addCommand(uploadCommand(run))
    .addCommand(lsCommand(run))
    .addCommand(flagCommand(run))
    .addCommand(validateCommand(run))
    .addCommand(rmCommand(run))
    .addCommand(syncCommand(run))
    .commandsGroup("Training:")
    .addCommand(trainCommand(run))
    .addCommand(watchCommand(run))
    .addCommand(runsCommand(run))
    .addCommand(usageCommand(run))
    .commandsGroup("Use:")
    .addCommand(chatCommand(run))
    .addCommand(adaptersCommand(run))
    .addCommand(avatarsCommand(run))
    .commandsGroup("Service:")
    .addCommand(workersCommand(run))
    .addCommand(keysCommand(run))
    .addCommand(secretsCommand(run))
    .addCommand(adminCommand(run))
    .helpCommand("help [command]", "Print the help of a command.");
  completeCommand(program);
  return program;
};

const notes = `
Environment:
  LORALOOM_URL           address of the service (--url)
  LORALOOM_API_KEY       the API key itself
  LORALOOM_API_KEY_FILE  file that holds it (--key-file)
  LORALOOM_USER          whose avatars (--user)
  LORALOOM_AVATAR        which avatar (--avatar)
  NO_COLOR               no colours
  Without an address, the service that 'npm start' runs in this folder or above
  it is used, with its first key.

Exit codes:
  0    done
  1    refused by the service, a file with faults, or a run that failed
  2    wrong use of the command line
  3    the service was not reached or failed; the same command can succeed later
  130  interrupted with Ctrl-C

Examples:
  $ loraloom upload chats.jsonl notes.pdf --user ada --avatar osk
  $ loraloom train --user ada --avatar osk
  $ loraloom chat --user ada --avatar osk "Who are you?"`;

/** The package's own, beside this file's folder both in the sources and in what is published. */
const readVersion = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
};
