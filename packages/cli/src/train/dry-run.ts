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
  const refusal = refusalOf(preview);
  if (refusal) sayRefusal(refusal, preview, screen);
  else screen.print(allowanceLine(preview, screen));
  screen.json(preview);
  return refusal ? exitCodes.refused : exitCodes.ok;
};

type Refusal = Exclude<Preview["allowedToStart"], { allowed: true }>;

const refusalOf = (preview: Preview): Refusal | undefined =>
  preview.allowedToStart.allowed || isFirstRun(preview) ? undefined : preview.allowedToStart;

/** The service says so only where nothing else is in the way. */
const isFirstRun = ({ allowedToStart }: Preview): boolean =>
  !allowedToStart.allowed && allowedToStart.code === "adapter_not_found";

const allowanceLine = (preview: Preview, { colors: { green } }: Screen): string =>
  isFirstRun(preview)
    ? green("The run may start; it makes the avatar's adapter first.")
    : green("The run may start.");

const sayRefusal = ({ code, reason }: Refusal, { data }: Preview, screen: Screen): void => {
  const { red, dim } = screen.colors;
  if (data) screen.print(...faultLines(data, most, screen));
  screen.print(`${red("The run would be refused:")} ${printableLine(reason)}${dim(` [${code}]`)}`);
  const remedy = commandRemedy(code);
  if (remedy) screen.note(fixLine(remedy, screen));
};
