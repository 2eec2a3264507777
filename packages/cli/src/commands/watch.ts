import { createCommand, examplesText } from "../command/create-command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { concludeRun, followRun } from "../runs/follow-run.ts";
import { newestRun } from "../runs/newest-run.ts";
import { createProgressView } from "../runs/progress-view.ts";
import type { Run, Session } from "../session.ts";

const examples = [
  ["loraloom watch", "the newest run"],
  [
    "loraloom watch 01M7Z25ZDE2TZ3GP7YWW4B78FA --json | jq -c 'select(.type == \"progress\").data.loss'",
    "losses",
  ],
] as const;

export const watchCommand = (run: Run) =>
  createCommand("watch")
    .summary("Watch a run to its end.")
    .description("Watch a run to its end; Ctrl-C ends the watching only. --json gives one event a line.")
    .argument("[run]", "a run's id; the newest run unless given")
    .addHelpText("after", examplesText(examples))
    .action((runId, _options, command) => run(command, (session) => watch(session, runId)));

const watch = async (session: Session, named: string | undefined): Promise<ExitCode> => {
  const { screen } = session;
  const runId = named ?? (await newestRun(session));
  const show = createProgressView(screen);
  const run = await followRun(session, runId, screen.isJson ? screen.json : show);
  return screen.isJson ? statusCode(run.status) : concludeRun(session, run);
};

const statusCode = (status: string): ExitCode => (status === "completed" ? exitCodes.ok : exitCodes.refused);
