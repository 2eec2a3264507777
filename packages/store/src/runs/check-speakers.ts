import { LoraloomError } from "@loraloom/errors";
import { findSpeaker } from "../files/usable-rows.ts";
import type { FileReport } from "../tables/files.ts";
import type { RunConfig } from "../tables/runs.ts";

type Inspected = { name: string; report: FileReport | null };
type Choice = Pick<RunConfig, "speaker" | "skipInvalidRows">;

/** As many as a person reads at once. */
const mostNames = 20;

/**
 * Refuses what a run could not learn: dialogs that nobody chooses a speaker for and, where the run chooses one,
 * dialogs without him. With `skipInvalidRows` the latter are skipped, as long as he speaks in one of the files.
 *
 * @throws LoraloomError `speaker_not_found` naming the files and who speaks in them
 */
export const refuseSpeakers = (selected: Inspected[], { speaker, skipInvalidRows }: Choice): void => {
  const dialogs = selected.flatMap(({ name, report }) => (report?.dialogs ? [{ name, report }] : []));
  if (speaker) refuseLacking(dialogs, { speaker, skipInvalidRows });
  else refuseUnassigned(dialogs);
};

type Dialogs = { name: string; report: FileReport };

const refuseLacking = (
  dialogs: Dialogs[],
  { speaker, skipInvalidRows }: { speaker: string; skipInvalidRows: boolean },
): void => {
  if (dialogs.length === 0) throw noDialogs(speaker);
  const lacking = dialogs.filter(({ report }) => dialogsWith(report, speaker) < report.dialogs);
  const isSomewhere = dialogs.some(({ report }) => dialogsWith(report, speaker) > 0);
  if (lacking.length > 0 && !(skipInvalidRows && isSomewhere)) throw lacksSpeaker(speaker, lacking);
};

/** All, where the report can't tell: freezing reads the file itself. */
const dialogsWith = (report: FileReport, speaker: string): number => {
  const found = findSpeaker(report, speaker);
  return found === "unknown" ? report.dialogs : (found?.dialogs ?? 0);
};

const refuseUnassigned = (dialogs: Dialogs[]): void => {
  const unassigned = dialogs.filter(({ report }) => report.unassignedDialogs > 0);
  if (unassigned.length === 0) return;
  throw speakerNotFound(
    `Nobody says whose replies are learnt from the dialogs of ${described(unassigned)}.`,
    unassigned,
  );
};

const lacksSpeaker = (speaker: string, lacking: Dialogs[]): LoraloomError =>
  speakerNotFound(`There are dialogs without '${speaker}' in ${described(lacking)}.`, lacking);

const noDialogs = (speaker: string): LoraloomError =>
  speakerNotFound(`'${speaker}' speaks in no file: there is no dialog among them.`, []);

const described = (files: Dialogs[]): string =>
  files
    .slice(0, mostNames)
    .map(({ name, report }) => `'${name}' (speakers: ${speakersOf(report).join(", ")})`)
    .join(", ");

const speakersOf = ({ speakers }: FileReport): string[] =>
  speakers.slice(0, mostNames).map(({ name }) => name);

const speakerNotFound = (message: string, files: Dialogs[]): LoraloomError =>
  new LoraloomError("speaker_not_found", message, {
    details: {
      files: files.slice(0, mostNames).map(({ name, report }) => ({ name, speakers: speakersOf(report) })),
    },
  });
