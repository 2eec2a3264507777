import { createCommand, examplesText } from "../../command/create-command.ts";
import type { Run } from "../../session.ts";
import { rebuildCommand } from "./rebuild.ts";

const examples = [
  ["loraloom admin rebuild", "after the database was lost: asks, then says what came back"],
  ["loraloom admin rebuild --yes --json | jq .damaged", "in a script: what could not be brought back"],
] as const;

export const adminCommand = (run: Run) =>
  createCommand("admin")
    .summary("Look after the service itself.")
    .description("Look after the service itself (needs a service key with the scope admin).")
    .addCommand(rebuildCommand(run))
    .addHelpText("after", examplesText(examples));
