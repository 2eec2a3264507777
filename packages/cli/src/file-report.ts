import type { StoredFile } from "@loraloom/client";
import { formatCount, plural } from "./screen/formats.ts";
import { printableLine } from "./screen/printable.ts";
import type { Screen } from "./screen/screen.ts";

export type Fault = NonNullable<StoredFile["report"]>["faults"][number];

/** Whether something in the file has to be corrected. */
export const hasFaults = ({ report }: StoredFile): boolean => (report?.faultCount ?? 0) > 0;

/** What is in a file, in a few words: `chat-jsonl, 74 rows, 3 faults`. */
export const reportWords = ({ state, report }: StoredFile): string => {
  if (state === "inspecting") return "still being inspected";
  if (!report) return "stored";
  const faults = report.faultCount > 0 ? [plural(report.faultCount, "fault")] : [];
  return [report.format ?? "unknown format", plural(report.rows, "row"), ...faults].join(", ");
};

/** `  name:3 messages[1].role: Role 'bot' is unknown. [unrecognized_role]`, one line a fault. */
export const faultLines = ({ report, name }: StoredFile, screen: Screen, most: number): string[] => {
  const { dim } = screen.colors;
  const faults = report?.faults.slice(0, most) ?? [];
  const more = (report?.faultCount ?? 0) - faults.length;
  const lines = faults.map((fault) => {
    const place = [placeOf(name, fault), fault.path].filter(Boolean).join(" ");
    return printableLine(`  ${place}: ${fault.message}`) + dim(` [${fault.code}]`);
  });
  return more > 0 ? [...lines, dim(`  and ${formatCount(more)} more`)] : lines;
};

const placeOf = (name: string, { line }: Fault): string => (line === null ? name : `${name}:${line}`);
