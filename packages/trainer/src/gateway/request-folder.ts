import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Serving } from "./serving.ts";

/** For local files of one request; they go with it. */
export const requestFolder = async ({
  folder,
}: Pick<Serving, "folder">): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(folder, "request-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};
