import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "./errno.ts";

/**
 * Writes a file that only its owner reads. At once and whole: a process that is killed right after it
 * started a child must have recorded it, and nobody may ever read half of it.
 */
export const writePrivateJson = (path: string, value: unknown): void => {
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
};

/** What `writePrivateJson` wrote; `null` when there is no such file. */
export const readPrivateJson = <Value>(path: string): Value | null => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Value;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return null;
    throw error;
  }
};
