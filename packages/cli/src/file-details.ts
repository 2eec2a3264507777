import type { StoredFile } from "@loraloom/client";
import { faultLines, usedWord, warningLines } from "./file-report.ts";
import { fieldLines } from "./screen/fields.ts";
import { formatBytes, formatCount, formatDate, plural } from "./screen/formats.ts";
import type { Screen } from "./screen/screen.ts";
import { speakerWords } from "./speaker-words.ts";

type Report = NonNullable<StoredFile["report"]>;
type Field = [name: string, value: string];

/** As many as the service lists. */
const most = 100;

/** All that is known of a file: a field a line, then every fault and warning that the service lists. */
export const detailLines = (file: StoredFile, screen: Screen): string[] => {
  const { report } = file;
  const fields = [...storedFields(file), ...(report ? reportFields(report) : [])];
  const found = report ? [...faultLines(report, most, screen), ...warningLines(report, most, screen)] : [];
  return [...fieldLines(fields, screen), ...found];
};

const storedFields = (file: StoredFile): Field[] => [
  ["name", file.name],
  ["size", `${formatBytes(file.size)} (${file.type})`],
  ...(file.useForTraining === null ? [] : [["used for training", usedWord(file)] satisfies Field]),
  ["updated", formatDate(file.updatedAt)],
  ...(file.sha256 === null ? [] : [["SHA-256", file.sha256] satisfies Field]),
  ...(file.state === "inspecting" ? [["report", "still being inspected"] satisfies Field] : []),
];

const reportFields = (report: Report): Field[] => [
  ["format", [report.format ?? "unknown", report.compressed].filter(Boolean).join(", ")],
  ["rows", `${formatCount(report.rows)}, ${formatCount(report.usableRows)} usable${kindWords(report)}`],
  ["tokens", tokenWords(report)],
  [
    "characters",
    `${formatCount(report.characters)}, the longest row ${formatCount(report.longestCharacters)}`,
  ],
  ...(report.pages === null ? [] : [["pages", formatCount(report.pages)] satisfies Field]),
  ...dialogFields(report),
  ["repeated rows", formatCount(report.duplicates)],
  ["faults", formatCount(report.faultCount)],
  ["warnings", formatCount(report.warningCount)],
];

/** ` (3 conversations, 1 text)` */
const kindWords = ({ rowKinds: { messages, text, preference, labelled } }: Report): string => {
  const kinds = [
    messages > 0 && plural(messages, "conversation"),
    text > 0 && plural(text, "text"),
    preference > 0 && plural(preference, "preference pair"),
    labelled > 0 && plural(labelled, "labelled answer"),
  ].filter((words) => words !== false);
  return kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
};

const tokenWords = ({ tokens }: Report): string => {
  if (!tokens) return "not counted yet";
  const { total, trained, longest, overLength, baseModel } = tokens;
  const over = overLength > 0 ? `, ${plural(overLength, "row")} over the usual length` : "";
  return `${formatCount(total)} of ${baseModel}, ${formatCount(trained)} learnt; the longest example ${formatCount(longest)}${over}`;
};

const dialogFields = ({ dialogs, speaker, speakers, unassignedDialogs }: Report): Field[] => {
  if (dialogs === 0) return [];
  const waiting =
    unassignedDialogs > 0 ? `; ${formatCount(unassignedDialogs)} to be trained with --speaker` : "";
  return [
    ["dialogs", `${formatCount(dialogs)}${waiting}`],
    ...(speaker === null ? [] : [["learns from", speaker] satisfies Field]),
    ["speakers", speakerWords(speakers)],
  ];
};
