import { closeSync, mkdirSync, openSync } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isErrno } from "./errno.ts";

/** One older file is kept beside the log, so a part's logs stay below twice this size between starts. */
const maxLogBytes = 20 * 1024 * 1024;
const tailBytes = 4_096;

/** Opens a log for a child to append to; the caller closes the descriptor once the child has it. */
export const openLog = (path: string): { descriptor: number; close: () => void } => {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, "a", 0o600);
  return { descriptor, close: () => closeSync(descriptor) };
};

/** Moves a log that has grown large to `<path>.1`. */
export const rotateLog = async (path: string): Promise<void> => {
  try {
    if ((await stat(path)).size > maxLogBytes) await rename(path, `${path}.1`);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
};

/** The last `count` lines of a log, for an error message. */
export const readLastLines = async (path: string, count: number): Promise<string> => {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
  return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").slice(-count).join("\n");
};
