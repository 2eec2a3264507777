import type { Client } from "@loraloom/client";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { speakerWords } from "../speaker-words.ts";
import type { Tokens } from "./count-tokens.ts";

export type Validation = Awaited<ReturnType<Client["trainingData"]["validate"]["query"]>>;
type Field = [name: string, value: string];

/** What was found in a set of files, a line for each thing. */
export const validationFields = (found: Validation, tokens: Tokens): Field[] => [
  ["files", `${formatCount(found.files)} (${formatBytes(found.bytes)})`],
  ["rows", `${formatCount(found.rows)}, ${formatCount(found.usableRows)} usable`],
  ["examples", examplesWords(found)],
  ["tokens", tokenWords(tokens)],
  ...(tokens.overLength > 0 ? [["over length", overLengthWords(tokens)] satisfies Field] : []),
  ["repeated rows", repeatedWords(found)],
  ["held out", heldOutWords(found)],
  ...(found.speakers.length > 0 ? [["speakers", speakerWords(found.speakers)] satisfies Field] : []),
];

const examplesWords = ({ examples, method, unusedRows }: Validation): string => {
  const unused = unusedRows > 0 ? `; ${plural(unusedRows, "row")} of no use to it` : "";
  return `${formatCount(examples)} by ${method}${unused}`;
};

const tokenWords = ({ total, trained, longest, uncountedFiles }: Tokens): string => {
  const counted = `${formatCount(total)}, ${formatCount(trained)} of them learnt; the longest example ${formatCount(longest)}`;
  if (uncountedFiles === 0) return counted;
  const waiting = `not counted in ${plural(uncountedFiles, "file")} ('loraloom train --dry-run' does so)`;
  return total === 0 ? waiting : `${counted}; ${waiting}`;
};

/** The reports count by the usual length, at which the usual run cuts. */
const overLengthWords = ({ overLength }: Tokens): string =>
  `${plural(overLength, "row")} longer than the usual length, where a run cuts unless told otherwise`;

const repeatedWords = ({ duplicates: { withinFiles, acrossFiles } }: Validation): string =>
  withinFiles + acrossFiles === 0
    ? "none"
    : `${formatCount(withinFiles)} within files, ${formatCount(acrossFiles)} across files`;

const heldOutWords = ({ evaluation: { files, examples, overlap } }: Validation): string => {
  if (examples === 0 && files === 0) return "nothing";
  const from = files > 0 ? ` of ${plural(files, "evaluation file")}` : "";
  const shared = overlap > 0 ? `; ${plural(overlap, "row")} trained on as well` : "";
  return `${plural(examples, "example")}${from}${shared}`;
};
