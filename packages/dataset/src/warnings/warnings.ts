import type { Fault } from "../faults.ts";
import type { CanonicalMessage, CanonicalRow } from "../rows.ts";
import type { Turn } from "../scan/scanned.ts";
import { mayBeSensitive, sensitiveData } from "./sensitive-data.ts";

type Warn = (warning: Fault) => void;
type Place = Pick<Fault, "name" | "line" | "path">;

/** Warns of what a row's texts hold; the row stays usable. */
export const warningsOfRow = ({ messages, text, rejected, source }: CanonicalRow, warn: Warn): void => {
  const { name, line } = source;
  if (text !== undefined) warnOf(text, { name, line, path: null }, warn);
  if (messages) warnOfMessages(messages, { name, line, path: "messages" }, warn);
  if (rejected) warnOfMessages(rejected, { name, line, path: "rejected" }, warn);
};

/** Warns of what somebody says; the rows of a dialog would repeat it. */
export const warningsOfTurn = ({ content, line, path }: Turn, name: string, warn: Warn): void =>
  warnOf(content, { name, line, path }, warn);

export const duplicateWarning = ({ source: { name, line } }: CanonicalRow): Fault => ({
  name,
  line,
  path: null,
  code: "duplicate_row",
  message: "The row is the same as an earlier one.",
});

const warnOfMessages = (messages: CanonicalMessage[], list: Place, warn: Warn): void => {
  let at = 0;
  for (const { content } of messages) {
    if (mayBeSensitive(content)) warnOf(content, { ...list, path: `${list.path}[${at}].content` }, warn);
    at += 1;
  }
};

const warnOf = (text: string, place: Place, warn: Warn): void => {
  for (const { code, kind } of sensitiveData(text)) {
    warn({ ...place, code, message: `${place.path ?? "The row"} holds what looks like ${kind}.` });
  }
};
