import type { Client } from "@loraloom/client";
import { overLengthWords } from "../over-length-words.ts";
import { formatBytes, formatCount, plural } from "../screen/formats.ts";
import { speakerWords } from "../speaker-words.ts";

export type Validation = Awaited<ReturnType<Client["trainingData"]["validate"]["query"]>>;
type Field = [name: string, value: string];

/** What was found in a set of files, a line for each thing. */
export const validationFields = (found: Validation): Field[] => [
  ["files", `${formatCount(found.files)} (${formatBytes(found.bytes)})`],
  ["rows", `${formatCount(found.rows)}, ${formatCount(found.usableRows)} usable`],
  ["examples", examplesWords(found)],
  ...tokenFields(found),
  ["repeated rows", repeatedWords(found)],
  ["held out", heldOutWords(found)],
  ...(found.speakers.length > 0 ? [["speakers", speakerWords(found.speakers)] satisfies Field] : []),
];

const examplesWords = ({ examples, method, unusedRows }: Validation): string => {
  const unused = unusedRows > 0 ? `; ${plural(unusedRows, "row")} of no use to it` : "";
  return `${formatCount(examples)} by ${method}${unused}`;
};

const tokenFields = ({ tokens, unknown }: Validation): Field[] => {
  if (!tokens) return unknown ? [["tokens", `not known yet: ${unknown.reason}`]] : [];
  const { total, trained, longest, overLength } = tokens;
  const counted = `${formatCount(total)}, ${formatCount(trained)} of them learnt; the longest example ${formatCount(longest)}`;
  return [
    ["tokens", counted],
    ...(overLength.rows > 0 ? [["over length", overLengthWords(overLength)] satisfies Field] : []),
  ];
};

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
