import { existsSync } from "node:fs";
import { basename } from "node:path";
import { isLoraloomError } from "@loraloom/client";
import { NotUploadedError } from "../failures/cli-error.ts";
import { quote } from "../screen/quote.ts";

/**
 * A better answer than `file_not_found` where a name that the service doesn't know is a path on this machine. A file
 * is checked where it is stored: the rules and the tokenizer are the service's, and so are the files that it is
 * compared with.
 */
export const explainMissing = (error: unknown, names: string[]): unknown => {
  if (!isLoraloomError(error, "file_not_found")) return error;
  const missing = error.details?.names;
  const local = names.filter((name) => Array.isArray(missing) && missing.includes(name) && existsSync(name));
  if (local.length === 0) return error;
  return new NotUploadedError(`Only stored files are checked; on this machine is: ${list(local)}`, {
    remedy: `${uploadHint(local)}${nameHint(local)}`,
    cause: error,
  });
};

const uploadHint = (paths: string[]): string =>
  `Upload first, which says at once what is wrong: loraloom upload ${list(paths)}`;

/** Stored files have no folder. */
const nameHint = (paths: string[]): string => {
  const names = paths.map((path) => basename(path));
  return list(names) === list(paths) ? "" : `\n  or, if it is stored: loraloom validate ${list(names)}`;
};

const list = (words: string[]): string => words.map(quote).join(" ");
