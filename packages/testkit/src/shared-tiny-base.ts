import { access, rename } from "node:fs/promises";
import { join } from "node:path";
import { testServices } from "./services.ts";
import { makeTinyBase } from "./tiny-base.ts";

/**
 * The folder of a tiny base model that all tests of a run share, for reading only; the first that asks makes it,
 * which takes as long as importing torch does.
 */
export const sharedTinyBase = async (): Promise<string> => {
  const path = join(testServices().folder, "tiny-base");
  if (!(await exists(path))) await make(path);
  return path;
};

const make = async (path: string): Promise<void> => {
  await using made = await makeTinyBase();
  try {
    await rename(made.path, path);
  } catch (error) {
    // Another worker, which asked at the same time, was first.
    if (!(await exists(path))) throw error;
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
