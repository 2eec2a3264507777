import type { ErrorCode } from "@loraloom/errors";

/** One thing wrong with a file. `line` counts from 1; null means the file as a whole. */
export type Fault = {
  name: string;
  line: number | null;
  /** Inside the line's JSON, such as `messages[0].role`; null means the whole line. */
  path: string | null;
  code: ErrorCode;
  message: string;
};

/** A fault before its place in a file is known. */
export type RowFault = Pick<Fault, "path" | "code" | "message">;

/** A value from a file as short, printable text: reports are stored where NUL and half pairs are refused. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeName(value);
};

/** What a JSON value is, in the words of JSON. */
export const typeName = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
};
