import { closeSync, mkdirSync, openSync } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isErrno } from "./errno.ts";

/** One older file is kept beside the log, so a part's logs stay below twice this size between starts. */
const maxLogBytes = 20 * 1024 * 1024;
/** Of the lines of an error, which hold where it was thrown. */
const tailBytes = 16_384;

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

/** Bytes; 0 of a log that is not there yet. */
export const logSize = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
};

/** The last `count` lines behind the first `from` bytes of a log, as people read them, for an error message. */
export const readLastLines = async (
  path: string,
  { from, count }: { from: number; count: number },
): Promise<string> => {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const start = Math.max(from, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
  const lines = buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n");
  return lines.slice(-count).map(inWords).join("\n");
};

/** Of a line in JSON, as hosts and workers write them, what it says, and the error's message and remedy. */
const inWords = (line: string): string => {
  if (!line.startsWith("{")) return line;
  try {
    const { msg, err, remedy } = JSON.parse(line);
    const said = new Set([msg, err?.message].filter(Boolean));
    return [[...said].join(": "), remedy].filter(Boolean).join(" ");
  } catch {
    return line;
  }
};
