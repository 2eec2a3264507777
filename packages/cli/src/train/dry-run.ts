import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { commandRemedy } from "../failures/remedies.ts";
import { fixLine } from "../failures/report-failure.ts";
import { faultLines } from "../file-report.ts";
import { whileBusy } from "../screen/busy.ts";
import { fieldLines } from "../screen/fields.ts";
import { printableLine } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import type { Session } from "../session.ts";
import { type Preview, previewFields } from "./preview-lines.ts";
import type { StartInput } from "./run-options.ts";

/** Here they only say why; `loraloom validate` shows them all. */
const most = 5;

/** Says what a run would take, and whether it may start. @returns 1 where it may not */
export const dryRun = async (session: Session, input: StartInput): Promise<ExitCode> => {
  const { client, screen, signal } = session;
  const asking = client.train.preview.query(input, { signal });
  const preview = await whileBusy(screen, "reading the files", asking);
  screen.print(...fieldLines(previewFields(preview, input.hyperparameters ?? {}), screen));
  sayVerdict(session, preview);
  screen.json(preview);
  return preview.allowedToStart.allowed ? exitCodes.ok : exitCodes.refused;
};

const sayVerdict = ({ screen }: Session, { allowedToStart, data }: Preview): void => {
  if (allowedToStart.allowed) {
    screen.print(screen.colors.green("The run may start."));
    return;
  }
  if (data) screen.print(...faultLines(data, most, screen));
  const { verdict, remedy } = refusalWords(allowedToStart, screen);
  screen.print(verdict);
  if (remedy) screen.note(fixLine(remedy, screen));
};

type Refusal = Exclude<Preview["allowedToStart"], { allowed: true }>;

const refusalWords = (
  { code, reason }: Refusal,
  { colors: { red, yellow, dim } }: Screen,
): { verdict: string; remedy: string | undefined } => {
  // For the service that is a refusal; the command makes the adapter and asks again.
  if (code === "adapter_not_found") {
    const remedy = "Make it now, to be told whether the run may start: loraloom adapters create";
    return { verdict: yellow("The avatar has no adapter yet: 'loraloom train' makes it."), remedy };
  }
  const verdict = `${red("The run would be refused:")} ${printableLine(reason)}${dim(` [${code}]`)}`;
  return { verdict, remedy: commandRemedy(code) };
};
