import type { Stats } from "node:fs";
import { clientError } from "../errors.ts";
import { LongFile } from "./long-file.ts";
import type { NamedBody } from "./source.ts";

/**
 * Opens a file without reading it; the blob fails to read when the file changes meanwhile. Node's modules
 * are asked for here instead of imported, so that one build of this package runs in browsers too.
 *
 * @throws `bad_input`: not a file, not readable, or a path where there are none, as in a page.
 */
export const openPath = async (path: string): Promise<NamedBody> => {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  if (!fs) {
    throw clientError(
      "bad_input",
      `'${path}' is a path, which only Node can open; pass a File or a Blob here.`,
    );
  }
  try {
    const entry = await fs.promises.stat(path);
    if (entry.isFile()) return { body: await openWhole(path, entry), name: fileName(path) };
  } catch (cause) {
    throw clientError("bad_input", `'${path}' cannot be read.`, { cause });
  }
  throw clientError("bad_input", `'${path}' is not a file.`);
};

/** Node counts a blob's bytes of a file in 32 bits: a larger file would look like its first bytes. */
const longestBlob = 2 ** 32 - 1;

const openWhole = async (path: string, stats: Stats): Promise<Blob> =>
  stats.size <= longestBlob
    ? process.getBuiltinModule("node:fs").openAsBlob(path)
    : new LongFile({ path, stats });

const fileName = (path: string): string => process.getBuiltinModule("node:path").basename(path);
