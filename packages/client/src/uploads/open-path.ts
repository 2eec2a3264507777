import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { clientError } from "../errors.ts";
import type { OpenPath } from "./source.ts";

/** Opens a file without reading it; the blob fails to read when the file changes meanwhile. */
export const openPath: OpenPath = async (path) => {
  const entry = await statFile(path);
  if (!entry.isFile()) throw clientError("bad_input", `'${path}' is not a file.`);
  return { blob: await openAsBlob(path), name: basename(path) };
};

const statFile = async (path: string) => {
  try {
    return await stat(path);
  } catch (cause) {
    throw clientError("bad_input", `'${path}' cannot be read.`, { cause });
  }
};
