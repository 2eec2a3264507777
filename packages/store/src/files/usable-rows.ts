import type { FileReport } from "../tables/index.ts";
import type { RunConfig } from "../tables/runs.ts";

/** Whose rows of dialogs; left out or null: the speakers that the dialogs choose themselves. */
export type Speaker = string | null | undefined;

/** Reports name the speakers with the most turns; of more than these nobody knows who is missing. */
const listedSpeakers = 100;

export type SpeakerCount = FileReport["speakers"][number];

/** A speaker of a file's dialogs; `unknown`: there are more than its report lists. */
export const findSpeaker = (
  { speakers }: FileReport,
  speaker: string,
): SpeakerCount | "unknown" | undefined =>
  speakers.find(({ name }) => name === speaker) ?? (speakers.length < listedSpeakers ? undefined : "unknown");

/** How many rows a run with this speaker finds in a file: of dialogs only his replies. */
export const usableRowsOf = (report: FileReport, speaker: Speaker): number => {
  if (!speaker || report.dialogs === 0) return report.usableRows;
  const found = findSpeaker(report, speaker);
  return found === "unknown" ? report.usableRows : (found?.replies ?? 0);
};

/**
 * Whether a method may learn from a file: pairs need a better and a worse answer, KTO takes marked answers as well;
 * GRPO takes all that has an answer.
 */
export const hasRowsFor = ({ rowKinds }: FileReport, method: RunConfig["method"]): boolean => {
  if (method === "sft") return true;
  if (method === "grpo") return rowKinds.messages + rowKinds.preference + rowKinds.labelled > 0;
  return rowKinds.preference + (method === "kto" ? rowKinds.labelled : 0) > 0;
};
