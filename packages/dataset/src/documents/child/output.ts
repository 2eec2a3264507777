import { once } from "node:events";
import type { Writable } from "node:stream";

/** Writes a line, no faster than it is read at the other end. */
export const writeLine = async (output: Writable, line: string): Promise<void> => {
  if (!output.write(`${line}\n`)) await once(output, "drain");
};
