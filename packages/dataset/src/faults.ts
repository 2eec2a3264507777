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

/** Ends the reading of a file whose rest can't be trusted. */
export class FileFault extends Error {
  readonly code: ErrorCode;
  readonly line: number | null;

  constructor(code: ErrorCode, message: string, options?: { line?: number; cause?: unknown }) {
    super(message, options && "cause" in options ? { cause: options.cause } : undefined);
    this.name = "FileFault";
    this.code = code;
    this.line = options?.line ?? null;
  }
}

/** A value from a file as short, printable text: reports are stored where NUL and half pairs are refused. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeName(value);
};

/** A list of values from a file, as many as a reader takes in. */
export const shownList = (values: string[]): string => {
  const most = 20;
  const listed = values.slice(0, most).map(shown).join(", ");
  return values.length > most ? `${listed} and ${values.length - most} more` : listed;
};

/** What a JSON value is, in the words of JSON. */
export const typeName = (value: unknown): string => {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
};

/** Text that comes from a parser or a library and may quote the file. */
export const printable = (text: string): string => text.toWellFormed().replaceAll(/\p{Cc}/gu, " ");

/** A value that has another type than it must have. */
export const wrongType = (path: string | null, expected: string, value: unknown): RowFault => ({
  path,
  code: "data_type",
  message: `${path ?? "The row"} must be ${expected}; it is ${value === "" ? "empty" : typeName(value)}.`,
});
