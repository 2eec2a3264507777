import type { Fault } from "../faults.ts";
import type { CanonicalMessage, CanonicalRow } from "../rows.ts";
import type { Turn } from "../scan/scanned.ts";
import { type Sensitive, sensitiveData } from "./sensitive-data.ts";

/** The warnings of a row's texts; the row stays usable. */
export const warningsOfRow = ({ messages, text, rejected, source }: CanonicalRow): Fault[] => {
  const place = { name: source.name, line: source.line };
  return [
    ...(text === undefined ? [] : warningsOf(text, { ...place, path: null })),
    ...(messages ? warningsOfMessages(messages, "messages", place) : []),
    ...(rejected ? warningsOfMessages(rejected, "rejected", place) : []),
  ];
};

/** The warnings of what somebody says; the rows of a dialog would repeat them. */
export const warningsOfTurn = ({ content, line, path }: Turn, name: string): Fault[] =>
  warningsOf(content, { name, line, path });

export const duplicateWarning = ({ source: { name, line } }: CanonicalRow): Fault => ({
  name,
  line,
  path: null,
  code: "duplicate_row",
  message: "The row is the same as an earlier one.",
});

type Place = Pick<Fault, "name" | "line">;

const warningsOfMessages = (messages: CanonicalMessage[], list: string, place: Place): Fault[] => {
  const warnings: Fault[] = [];
  for (const [at, { content }] of messages.entries()) {
    for (const found of sensitiveData(content)) {
      warnings.push(warning(found, { ...place, path: `${list}[${at}].content` }));
    }
  }
  return warnings;
};

const warningsOf = (text: string, place: Place & { path: string | null }): Fault[] =>
  sensitiveData(text).map((found) => warning(found, place));

const warning = ({ code, kind }: Sensitive, place: Place & { path: string | null }): Fault => ({
  ...place,
  code,
  message: `${place.path ?? "The row"} holds what looks like ${kind}.`,
});
