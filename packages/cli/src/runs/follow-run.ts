import type { Client, RunEvent } from "@loraloom/client";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { remedyOf } from "../failures/remedies.ts";
import { fixLine } from "../failures/report-failure.ts";
import { formatLoss } from "../screen/formats.ts";
import type { Session } from "../session.ts";

export type Run = Awaited<ReturnType<Client["train"]["get"]["query"]>>;

/**
 * Gives each event of a run to `show` and waits for its end. Ctrl-C ends the watching only.
 *
 * @throws what the client's watchRun throws
 */
export const followRun = async (
  session: Session,
  runId: string,
  show: (event: RunEvent) => void,
): Promise<Run> => {
  const { client, signal } = session;
  const target = { ...session.avatar(), runId };
  try {
    for await (const event of client.watchRun(target, { signal })) show(event);
  } catch (error) {
    if (signal.aborted) noteThatItGoesOn(session, runId);
    throw error;
  }
  return client.train.get.query(target, { signal });
};

const noteThatItGoesOn = ({ screen }: Session, runId: string): void =>
  screen.note(
    "",
    `The run goes on. Watch it:  loraloom watch ${runId}`,
    `                 Cancel it: loraloom runs cancel ${runId}`,
  );

/** Says how a run ended, and with what the command ends. */
export const concludeRun = ({ screen }: Session, run: Run): ExitCode => {
  const { heldOutBefore, heldOutAfter, error } = run;
  if (error) screen.note(fixLine(remedyOf(error), screen));
  if (heldOutBefore !== null && heldOutAfter !== null) {
    // A GRPO run's loss is its negative reward.
    const [what, sign] = run.config.method === "grpo" ? ["reward", -1] : ["loss", 1];
    const [before, after] = [sign * heldOutBefore, sign * heldOutAfter].map(formatLoss);
    screen.note(`Held-out ${what} ${before} before, ${after} after.`);
  }
  if (run.status !== "completed") {
    if (run.versionId !== null) noteCandidate(screen, run.versionId);
    return exitCodes.refused;
  }
  if (run.config.publish === "current") screen.note("Talk with it: loraloom chat");
  else if (run.versionId !== null) noteCandidate(screen, run.versionId);
  return exitCodes.ok;
};

const noteCandidate = (screen: Session["screen"], versionId: string): void =>
  screen.note(`Make it the current one: loraloom adapters rollback ${versionId}`);
