import { createCommand, examplesText } from "../../command/create-command.ts";
import type { Run } from "../../session.ts";
import { auditCommand } from "./audit.ts";
import { drainCommand } from "./drain.ts";
import { eraseUserCommand } from "./erase-user.ts";
import { limitsCommand } from "./limits.ts";
import { probeCommand } from "./probe.ts";
import { rebuildCommand } from "./rebuild.ts";
import { rewrapSecretsCommand } from "./rewrap-secrets.ts";
import { sweepCommand } from "./sweep.ts";

const examples = [
  ["loraloom admin rebuild", "after the database was lost: asks, then says what came back"],
  ["loraloom admin rebuild --yes --json | jq .damaged", "in a script: what could not be brought back"],
  ["loraloom admin erase-user ada --dry-run", "what there is of a user; without the option it is erased"],
  ["loraloom admin audit --action run-started --from 7d", "who started runs this week"],
  ["loraloom admin drain 01M7Z25ZDE2TZ3GP7YWW4B78FA", "before a worker's machine is serviced"],
  ["loraloom admin sweep --json | jq '.sweeps[] | select(.removed > 0)'", "what went"],
] as const;

export const adminCommand = (run: Run) =>
  createCommand("admin")
    .summary("Look after the service itself.")
    .description("Look after the service itself (needs a service key with the scope admin).")
    .addCommand(auditCommand(run))
    .addCommand(drainCommand(run))
    .addCommand(probeCommand(run))
    .addCommand(limitsCommand(run))
    .addCommand(rebuildCommand(run))
    .addCommand(rewrapSecretsCommand(run))
    .addCommand(eraseUserCommand(run))
    .addCommand(sweepCommand(run))
    .addHelpText("after", examplesText(examples));
