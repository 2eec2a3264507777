import type { StoredFile } from "@loraloom/client";
import type { Colors } from "./screen/colors.ts";
import { formatCount, plural } from "./screen/formats.ts";
import { printableLine } from "./screen/printable.ts";
import type { Screen } from "./screen/screen.ts";

type Report = NonNullable<StoredFile["report"]>;
export type Fault = Report["faults"][number];

/** Whether something in the file has to be corrected. */
export const hasFaults = ({ report }: StoredFile): boolean => (report?.faultCount ?? 0) > 0;

/** Whether training uses a file; `-` where files have no flag. */
export const usedWord = ({ useForTraining }: StoredFile): string => {
  if (useForTraining === null) return "-";
  return useForTraining ? "yes" : "no";
};

/** What is in a file, in a few words: `chat-jsonl, 74 rows, 5,621 tokens, 3 faults, 1 warning`. */
export const reportWords = ({ state, report }: StoredFile): string => {
  if (state === "inspecting") return "still being inspected";
  if (!report) return "stored";
  const { format, rows, tokens, unassignedDialogs, faultCount, warningCount } = report;
  return [
    format ?? "unknown format",
    plural(rows, "row"),
    ...(tokens ? [plural(tokens.total, "token")] : []),
    ...(unassignedDialogs > 0 ? [`train it with --speaker (${namesOf(report)})`] : []),
    ...(faultCount > 0 ? [plural(faultCount, "fault")] : []),
    ...(warningCount > 0 ? [plural(warningCount, "warning")] : []),
  ].join(", ");
};

const mostNames = 5;

const namesOf = ({ speakers }: Report): string => {
  const names = speakers.slice(0, mostNames).map(({ name }) => name);
  return [...names, ...(speakers.length > names.length ? ["…"] : [])].join(", ");
};

/** What was found, and in all how often; the service lists the first ones. */
type Faults = Pick<Report, "faultCount" | "faults">;
type Warnings = Pick<Report, "warningCount" | "warnings">;

/** A line for each fault, down to so many; what is left out is counted. */
export const faultLines = ({ faultCount, faults }: Faults, most: number, { colors }: Has): string[] => {
  const shown = faults.slice(0, most);
  return [
    ...shown.map((fault) => faultLine(fault, colors)),
    ...moreLines(faultCount - shown.length, "fault"),
  ];
};

/** The same for warnings. */
export const warningLines = (
  { warningCount, warnings }: Warnings,
  most: number,
  { colors }: Has,
): string[] => {
  const shown = warnings.slice(0, most);
  const more = moreLines(warningCount - shown.length, "warning");
  return [...shown.map((warning) => warningLine(warning, colors)), ...more];
};

type Has = Pick<Screen, "colors">;

const moreLines = (count: number, noun: string): string[] =>
  count > 0 ? [`and ${formatCount(count)} more ${count === 1 ? noun : `${noun}s`}`] : [];

/** `name:3 messages[1].role: "bot" is not a role. [unrecognized_role]` */
const faultLine = (fault: Fault, { dim }: Colors): string => {
  const place = [placeOf(fault), fault.path].filter(Boolean).join(" ");
  return printableLine(`${place}: ${fault.message}`) + dim(` [${fault.code}]`);
};

/** As compilers write it, so that both can be told apart without colours; the message names the path itself. */
const warningLine = (warning: Fault, { dim, yellow }: Colors): string => {
  const words = [printableLine(`${placeOf(warning)}:`), yellow("warning:"), printableLine(warning.message)];
  return words.join(" ") + dim(` [${warning.code}]`);
};

const placeOf = ({ name, line }: Fault): string => (line === null ? name : `${name}:${line}`);
