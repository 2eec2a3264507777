import { type RowFault, shown, typeName } from "../faults.ts";
import type { RowContent } from "../rows.ts";

/** A row of some format in the canonical form, or everything that is wrong with it. */
export type ParsedRow = { content: RowContent } | { faults: RowFault[] };

/** `isWellFormed`: no text of the row holds half of a Unicode pair, so that nobody has to look for one. */
export type ParseOptions = { isWellFormed: boolean };

export const faulty = (...faults: RowFault[]): { faults: RowFault[] } => ({ faults });

/** What is wrong with a text that is trained on. */
export const faultsOfText = (text: unknown, path: string): RowFault[] => {
  if (typeof text !== "string") {
    if (text === null || text === undefined) return [missingContent(path)];
    return [{ path, code: "data_type", message: `${path} must be a text; it is ${typeName(text)}.` }];
  }
  if (isBlank(text)) return [missingContent(path)];
  return faultsOfUnicode(text, path);
};

export const faultsOfUnicode = (text: string, path: string): RowFault[] =>
  text.isWellFormed() ? [] : [{ path, code: "not_utf8", message: `${path} holds half of a Unicode pair.` }];

export const missingKey = (path: string | null, key: string): RowFault => ({
  path,
  code: "message_missing_key",
  message: `${path ?? "The row"} has no '${key}'.`,
});

export const unknownRole = (path: string, role: unknown): RowFault => ({
  path,
  code: "unrecognized_role",
  message: `${shown(role)} is not a role.`,
});

const missingContent = (path: string): RowFault => ({
  path,
  code: "missing_content",
  message: `${path} is empty.`,
});

/** Nothing but whitespace of any script. Most texts begin with a letter of ASCII and need no search. */
export const isBlank = (text: string): boolean => {
  const first = text.charCodeAt(0);
  return !(first > 0x20 && first < 0x80) && !/\S/.test(text);
};
